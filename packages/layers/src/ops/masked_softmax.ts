import { add, mul, softmax, type Tensor } from '@tensorflow/tfjs-core';
import type { AttentionMask } from './mask.js';

/**
 * Softmax over the last axis among the allowed slots: (..., S) → (..., S). Masked slots are exactly 0, and so is a
 * whole row that may attend to nothing.
 */
export function maskedSoftmax(scores: Tensor, mask?: AttentionMask): Tensor {
  if (!mask) return softmax(scores);
  return mul(softmax(add(scores, mask.penalty)), mask.allowed);
}
