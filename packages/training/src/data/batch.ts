/** An array of any rank in JavaScript's memory, row-major: int32 or float32. */
export interface BatchArray {
  readonly shape: readonly number[];
  readonly values: Int32Array | Float32Array;
}

/** What a collator makes of some examples. */
export interface CollatedBatch {
  /** By the names under which the model takes them; the first axis is that of the examples. */
  readonly inputs: Readonly<Record<string, BatchArray>>;
  /** What the batch's loss is the mean of: how many labels count. */
  readonly items: number;
  /** Tokens without padding; 0 where examples have none. */
  readonly tokens: number;
}

/** The examples of one update, of like length and padded, in parts that are computed one after the other. */
export interface Batch {
  /** One, but for an update that adds up the gradients of several. */
  readonly parts: readonly CollatedBatch[];
  /** How many examples all parts have. */
  readonly size: number;
  /** Of all parts. */
  readonly items: number;
  /** Of all parts. */
  readonly tokens: number;
  /** Which examples of the data set these are, from 0. */
  readonly indices: Int32Array;
}

/** Makes batches of examples. */
export interface DataCollator<E> {
  /** The lengths of an example that are padded, by which examples are put together; none where all are of one shape. */
  lengths(example: E): readonly number[];
  /** @param lengths to which to pad: at least those of each example. */
  collate(examples: readonly E[], lengths: readonly number[]): CollatedBatch;
}

/** The batches of a data set. */
export interface BatchLoader {
  /** Batches in an epoch; undefined where that is not known before it was read. */
  readonly length: number | undefined;
  /**
   * The batches of an epoch, counted from 0, in their order, which the seed and the epoch decide.
   *
   * @param first how many of them are left out at the beginning
   */
  epoch(index: number, first?: number): Iterable<Batch> | AsyncIterable<Batch>;
  /** All examples in batches that are the same each time: for evaluation. */
  inOrder(): Iterable<Batch> | AsyncIterable<Batch>;
}
