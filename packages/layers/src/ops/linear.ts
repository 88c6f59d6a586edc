import { linear as project } from '@chui/runtime';
import { add, matMul, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * x · W + b over the last axis, for x of any rank: (..., I) with W (I, O) and b (O) → (..., O). With
 * `transposed`, W is (O, I).
 */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor, { transposed = false } = {}): Tensor {
  const flat = x.rank === 2;
  const rows = flat ? x : reshape(x, [-1, x.shape.at(-1)!]); // (..., I) → (N, I): a rank-2 matMul broadcasts no kernel
  const outputs = ofRows(rows, kernel, bias, transposed); // (N, O)
  return flat ? outputs : reshape(outputs, [...x.shape.slice(0, -1), outputs.shape[1]!]); // (..., O)
}

function ofRows(rows: Tensor, kernel: Tensor, bias: Tensor | undefined, transposed: boolean): Tensor {
  if (bias && !transposed) return project(rows, kernel, bias);
  const product = matMul(rows, kernel, false, transposed);
  return bias ? add(product, bias) : product;
}
