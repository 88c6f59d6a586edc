let compiler: 'graph' | 'xla' | undefined;

/** What the function that is being recorded will be run by; undefined where none is recorded. */
export const recordingFor = (): 'graph' | 'xla' | undefined => compiler;

/** Runs `body`, which records a function. */
export function whileRecording<T>(by: 'graph' | 'xla', body: () => T): T {
  compiler = by;
  try {
    return body();
  } finally {
    compiler = undefined;
  }
}

/** Deletes the programs that XLA keeps on disk, where it keeps any. */
export const compiledPrograms: { forget?: () => void } = {};
