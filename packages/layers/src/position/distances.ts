import { add, range, reshape, scalar, sub, type Tensor } from '@tensorflow/tfjs-core';

/** Positions of a sequence from `first` on, int32: (B, L), or (1, L). */
export function positionsFrom(length: number, first: Tensor | number = 0): Tensor {
  const steps = reshape(range(0, length, 1, 'int32'), [1, length]);
  return typeof first === 'number' ? add(steps, scalar(first, 'int32')) : add(reshape(first, [-1, 1]), steps);
}

/** How far each key is ahead of each query, j − i, int32: (B, T, S), or (1, T, S). */
export function distances(queryLength: number, keyLength: number, first: Tensor | number = 0): Tensor {
  const keys = reshape(range(0, keyLength, 1, 'int32'), [1, 1, keyLength]);
  const queries = reshape(positionsFrom(queryLength, first), [-1, queryLength, 1]);
  return sub(keys, queries);
}
