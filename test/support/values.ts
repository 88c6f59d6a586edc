import { type Rank, type ShapeMap, type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Numbers in −1 … 1 that depend on the seed alone (mulberry32), as tests need them. */
export function values(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** A tensor of such numbers, in −scale … scale. */
export function filled<R extends Rank>(shape: ShapeMap[R], seed: number, scale = 1): Tensor<R> {
  return tensor(
    values(
      (shape as number[]).reduce((a, b) => a * b, 1),
      seed,
    ).map((value) => scale * value),
    shape,
  ) as Tensor<R>;
}
