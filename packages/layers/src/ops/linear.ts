import { add, matMul, reshape, type Tensor } from '@tensorflow/tfjs-core';

/**
 * x · W + b over the last axis, for x of any rank: (..., I) with W (I, O) and b (O) → (..., O). With
 * `transposed`, W is (O, I).
 */
export function linear(x: Tensor, kernel: Tensor, bias?: Tensor, { transposed = false } = {}): Tensor {
  const width = x.shape[x.rank - 1]!;
  const rows = reshape(x, [-1, width]); // (..., I) → (N, I): a matMul of rank 2 broadcasts no kernel
  const product = matMul(rows as Tensor, kernel, false, transposed); // (N, O)
  const units = product.shape[1]!;
  return reshape(bias ? add(product, bias) : product, [...x.shape.slice(0, -1), units]); // (..., O)
}
