import { clone, pad, type Tensor } from '@tensorflow/tfjs-core';

/**
 * Pads a tensor at the end of an axis to one of few lengths, so that a function compiled by `jit` meets few shapes.
 *
 * @param x of any rank from 1
 * @param buckets the lengths, in any order, or a number that they are multiples of, as Hugging Face's `pad_to_multiple_of`
 * @param axis default −1, the last; negative axes count from the end
 * @param value what is put in. Default 0
 * @throws RangeError if x has no such axis, a bucket is no positive integer, or the axis is longer than the largest
 */
export function padToBucket<T extends Tensor>(
  x: T,
  buckets: number | readonly number[],
  { axis = -1, value = 0 }: { axis?: number; value?: number } = {},
): T {
  const at = axis < 0 ? x.rank + axis : axis;
  const length = x.shape[at];
  if (length === undefined) throw new RangeError(`axis must be one of the ${x.rank} of x, but is ${axis}`);
  const sizes = typeof buckets === 'number' ? [buckets] : buckets;
  for (const size of sizes) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`a bucket must be a positive integer, but is ${size}`);
  }
  const bucket =
    typeof buckets === 'number'
      ? Math.ceil(length / buckets) * buckets
      : Math.min(...sizes.filter((size) => size >= length));
  if (bucket === Number.POSITIVE_INFINITY) {
    const largest = sizes.length > 0 ? `the largest is ${Math.max(...sizes)}` : 'there is none';
    throw new RangeError(`a bucket must hold the ${length} of axis ${axis}, but ${largest}`);
  }
  if (bucket === length) return clone(x);
  const paddings = x.shape.map((_, each): [number, number] => [0, each === at ? bucket - length : 0]);
  return pad(x, paddings, value);
}
