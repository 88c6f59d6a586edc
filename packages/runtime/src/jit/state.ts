/** How a function is recorded. */
export interface Recording {
  /** What it will be run by. */
  readonly by: 'graph' | 'xla';
  /** What products are computed in. */
  readonly precision: 'float32' | 'bfloat16';
}

let current: Recording | undefined;

/** What the function that is being recorded will be run by; undefined where none is recorded. */
export const recordingFor = (): Recording['by'] | undefined => current?.by;

/** What the products of the function that is being recorded are computed in; undefined where none is recorded. */
export const recordedPrecision = (): Recording['precision'] | undefined => current?.precision;

/** Runs `body`, which records a function. */
export function whileRecording<T>(recording: Recording, body: () => T): T {
  current = recording;
  try {
    return body();
  } finally {
    current = undefined;
  }
}

/** Deletes the programs that XLA keeps on disk, where it keeps any. */
export const compiledPrograms: { forget?: () => void } = {};
