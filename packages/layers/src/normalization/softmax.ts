import type { Tensor } from '@tensorflow/tfjs-core';
import { register } from '../layer.js';
import { maskedSoftmax } from '../ops/masked_softmax.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export class Softmax extends Normalization {
  static readonly className = 'ChuiSoftmax';
  override normalize(scores: Tensor, { mask }: NormalizeOptions): Tensor {
    return maskedSoftmax(scores, mask);
  }
}
register(Softmax);
