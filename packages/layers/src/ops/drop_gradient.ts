import {
  cast,
  clone,
  customGrad,
  expandDims,
  type GradSaveFunc,
  mul,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** x itself, with a gradient only where `kept`, (B, T) for x (B, T, D). */
export function dropGradient(x: Tensor, kept: Tensor): Tensor {
  const mask = expandDims(cast(kept, 'float32'), -1); // (B, T, 1)
  return customGrad((y, save) => {
    (save as GradSaveFunc)([mask]);
    return {
      value: clone(y as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, saved[0]!),
    };
  })(x);
}
