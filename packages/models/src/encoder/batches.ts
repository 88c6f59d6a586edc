/** Rows of ids that go through the encoder together. */
export interface TextBatch {
  /** Of each row, the place of its text; rows past the end of this are padding. */
  readonly places: readonly number[];
  /** Rows and columns, with padding. */
  readonly shape: readonly [rows: number, length: number];
}

/**
 * Texts in batches: the longest first, those of like length together. Shapes are few, so that few are compiled: lengths are
 * 8, 12, 16, 24, 32, 48 … and at most `limit`, a batch that is not full has 1, 2, 4, 8 … rows.
 *
 * @param lengths of the texts, in tokens
 */
export function planBatches(lengths: readonly number[], batchSize: number, limit: number): TextBatch[] {
  const order = [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: TextBatch[] = [];
  for (let start = 0; start < order.length; start += batchSize) {
    const places = order.slice(start, start + batchSize);
    const rows = Math.min(batchSize, powerOfTwoFrom(places.length));
    batches.push({ places, shape: [rows, Math.min(roundedLength(lengths[places[0]!]!), limit)] });
  }
  return batches;
}

/** The least power of two that is not below a count of at least 1. */
export const powerOfTwoFrom = (count: number): number => 2 ** Math.ceil(Math.log2(count));

/** The next of 8, 12, 16, 24, 32, 48 … */
function roundedLength(length: number): number {
  let step = 8;
  while (step < length) {
    if (step * 1.5 >= length) return step * 1.5;
    step *= 2;
  }
  return step;
}

/** Rows of numbers, filled up to a shape. */
export function paddedRows(
  given: readonly (readonly number[])[],
  [rows, length]: TextBatch['shape'],
  filling = 0,
): Int32Array {
  const values = new Int32Array(rows * length).fill(filling);
  for (const [row, own] of given.entries()) values.set(own, row * length);
  return values;
}

/** The mask of rows that are filled up to a shape: 1 where they have a number of their own. */
export function paddingMask(
  given: readonly (readonly number[])[],
  [rows, length]: TextBatch['shape'],
): Int32Array {
  const mask = new Int32Array(rows * length);
  for (const [row, own] of given.entries()) mask.fill(1, row * length, row * length + own.length);
  return mask;
}
