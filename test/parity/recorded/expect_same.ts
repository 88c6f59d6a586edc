import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

type Facts = { shape: number[]; dtype: string; values: number[] };

export const listOf = (result: Tensor | Tensor[]) => (Array.isArray(result) ? result : [result]);

/** Equal in shape, type and values; these may be `tolerance` apart, relative to the largest. */
export function expectSame(actual: Tensor | Tensor[], expected: Tensor | Tensor[], tolerance: number): void {
  const [found, wanted] = [actual, expected].map((result) =>
    listOf(result).map((each) => ({ shape: each.shape, dtype: each.dtype, values: [...each.dataSync()] })),
  ) as [Facts[], Facts[]];
  for (const [index, { values }] of (tolerance > 0 ? wanted : []).entries()) {
    const allowed = tolerance * Math.max(...values.map(Math.abs));
    const isClose = (value: number, at: number) => Math.abs(value - values[at]!) <= allowed;
    // What is close enough is taken for equal.
    if (found[index]) {
      found[index].values = found[index].values.map((value, at) =>
        isClose(value, at) ? values[at]! : value,
      );
    }
  }
  expect(found).toEqual(wanted);
}
