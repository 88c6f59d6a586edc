import { div, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { type LayerArgs, register } from '../layer.js';
import { maskedSoftmax } from '../ops/masked_softmax.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export interface SoftmaxArgs extends LayerArgs {
  /** τ: more of it makes weights more even. Default 1. */
  temperature?: number;
}

/**
 * Softmax among the allowed slots: weight = exp(e / τ) / Σ exp(e / τ).
 *
 * @throws RangeError if the temperature is not a number above zero
 */
export class Softmax extends Normalization {
  static readonly className = 'ChuiSoftmax';
  readonly temperature: number;

  constructor({ temperature = 1, ...args }: SoftmaxArgs = {}) {
    super(args);
    if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`temperature must be a number above zero, but is ${temperature}`);
    }
    this.temperature = temperature;
  }

  override normalize(scores: Tensor, { mask }: NormalizeOptions = {}): Tensor {
    return maskedSoftmax(this.temperature === 1 ? scores : div(scores, this.temperature), mask);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), temperature: this.temperature };
  }
}
register(Softmax);

export const softmax = (args: SoftmaxArgs = {}) => new Softmax(args);
