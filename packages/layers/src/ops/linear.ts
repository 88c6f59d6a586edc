import { linear as project } from '@chui/runtime';
import { add, matMul, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * x · W + b over the last axis, for x of any rank: (..., I) with W (I, O) and b (O) → (..., O). With
 * `transposed`, W is (O, I).
 */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor, { transposed = false } = {}): Tensor {
  if (bias && !transposed) return project(x, kernel, bias);
  const rows = x.rank === 2 ? x : reshape(x, [-1, x.shape.at(-1)!]); // (..., I) → (N, I): a rank-2 matMul broadcasts no kernel
  const product = matMul(rows, kernel, false, transposed); // (N, O)
  const outputs = x.rank === 2 ? product : reshape(product, [...x.shape.slice(0, -1), product.shape[1]!]);
  return bias ? add(outputs, bias) : outputs; // (..., O)
}
