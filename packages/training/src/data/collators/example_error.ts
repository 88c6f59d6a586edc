/**
 * What is wrong with one of the examples that a collator was given. A collator knows it by its row; `Batches` and
 * `StreamBatches` name it by its place in the data set instead.
 */
export class ExampleError extends RangeError {
  /**
   * @param row of the examples given, from 0
   * @param rule how the message goes on after "example 3": "must have …, but has …"
   */
  constructor(
    readonly row: number,
    readonly rule: string,
  ) {
    super(`example ${row} ${rule}`);
  }
}

/** Runs `work` on examples, and names one that is refused by its place in the data set. */
export function namingExamples<R>(indices: ArrayLike<number>, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExampleError)) throw error;
    throw new ExampleError(indices[error.row]!, error.rule);
  }
}

/** A value as an error shows it. */
export function shown(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
