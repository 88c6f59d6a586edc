import { concat, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';

/** How many slots a cache (B, …, C, K) has. */
export const slotsOf = ({ shape }: Tensor): number => shape.at(-2)!;

/** The cache with as many empty slots behind its own. */
export const doubled = (cache: Tensor): Tensor => concat([cache, zeros(cache.shape)], cache.rank - 2);

/** The cache without its first slots, and with as many empty ones behind. */
export function shifted(cache: Tensor, count: number): Tensor {
  const axis = cache.rank - 2;
  const begin = cache.shape.map((_, i) => (i === axis ? count : 0));
  const empty = cache.shape.map((size, i) => (i === axis ? count : size));
  return concat([slice(cache, begin), zeros(empty)], axis);
}
