import { grads, mul, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/**
 * Checks the gradient of Σ weights ⊙ fn(inputs), weights being fixed and uneven, against central differences in every
 * element of every float input: max |a − b| / max |b| ≤ tolerance, as float32 allows away from kinks.
 *
 * @param fn must return one tensor and depend on every input
 */
export function checkGradients(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  { tolerance = 1e-2, step = 1e-2 }: { tolerance?: number; step?: number } = {},
): void {
  const weighted = (...args: Tensor[]): Tensor => {
    const output = fn(...args);
    const weights = Float32Array.from({ length: output.size }, (_, index) => Math.cos(1 + 1.7 * index));
    return sum(mul(output, tensor(weights, output.shape)));
  };
  const valueAt = (args: Tensor[]): number => tidy(() => weighted(...args).dataSync()[0]!);

  const analytic = grads(weighted)(inputs);
  for (const [which, input] of inputs.entries()) {
    const values = input.dataSync();
    const numeric = Array.from(values, (value, index) => {
      const [above, below] = [value + step, value - step].map((moved) => {
        const changed = tensor(
          values.map((old, at) => (at === index ? moved : old)),
          input.shape,
        );
        const result = valueAt(inputs.map((each, at) => (at === which ? changed : each)));
        changed.dispose();
        return result;
      }) as [number, number];
      return (above - below) / (2 * step);
    });
    const exact = analytic[which]!.dataSync();
    const largest = Math.max(...numeric.map(Math.abs), 1e-3);
    const worst = Math.max(...numeric.map((value, index) => Math.abs(value - exact[index]!))) / largest;
    expect(worst, `gradient of input ${which}: [${exact}] for [${numeric}]`).toBeLessThanOrEqual(tolerance);
    analytic[which]!.dispose();
  }
}

/** Checks values against numbers, element by element: |a − b| ≤ tolerance · (1 + |b|). */
export function expectClose(
  actual: Tensor | ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-4,
): void {
  const values = 'dataSync' in actual ? actual.dataSync() : actual;
  expect(values.length).toBe(expected.length);
  const wrong = Array.from(expected).findIndex(
    // A NaN is not close to anything.
    (value, index) => !(Math.abs(values[index]! - value) <= tolerance * (1 + Math.abs(value))),
  );
  expect(wrong, `element ${wrong}: ${values[wrong]} for ${expected[wrong]}`).toBe(-1);
}
