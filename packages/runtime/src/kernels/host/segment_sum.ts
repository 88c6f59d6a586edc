import type { TypedArray } from '@tensorflow/tfjs-core';

/**
 * Adds rows up by segment: the result's row s is the sum of the rows whose segment is s. Rows of segments out of range
 * are dropped.
 *
 * @param rows rows of `width` numbers, as many as there are segment ids
 */
export function segmentSum<A extends TypedArray>(
  rows: A,
  segmentIds: TypedArray,
  segments: number,
  width: number,
): A {
  const sums = new (rows.constructor as new (size: number) => A)(segments * width);
  for (let row = 0; row < segmentIds.length; row++) {
    const segment = segmentIds[row]!;
    if (segment < 0 || segment >= segments) continue;
    const from = row * width;
    const to = segment * width;
    for (let column = 0; column < width; column++) sums[to + column]! += rows[from + column]!;
  }
  return sums;
}
