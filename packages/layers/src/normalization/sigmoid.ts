import {
  add,
  log,
  sigmoid as logistic,
  maximum,
  mul,
  neg,
  type serialization,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { type LayerArgs, register } from '../layer.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export interface SigmoidArgs extends LayerArgs {
  /** b; −ln of the number of slots that the query may attend to if left out. */
  bias?: number;
}

/**
 * Sigmoid: weight = 1 / (1 + exp(−(e + b))) of each allowed slot by itself. Weights do not sum to 1; with the default b,
 * they sum to about 1 at first.
 *
 * @throws RangeError if the bias is not finite
 * @see Ramapuram et al. (2024), https://arxiv.org/abs/2409.04431
 */
export class Sigmoid extends Normalization {
  static readonly className = 'ChuiSigmoid';
  readonly bias?: number;

  constructor({ bias, ...args }: SigmoidArgs = {}) {
    super(args);
    if (bias === undefined) return;
    if (!Number.isFinite(bias)) throw new RangeError(`bias must be finite, but is ${bias}`);
    this.bias = bias;
  }

  override normalize(scores: Tensor, { mask }: NormalizeOptions = {}): Tensor {
    const slots = scores.shape.at(-1)!;
    if (!mask) return logistic(add(scores, this.bias ?? -Math.log(slots)));
    const one = mask.allowed.shape.at(-1) === 1; // and so the same for every slot
    const count = mul(sum(mask.allowed, -1, true), one ? slots : 1); // (…, T, 1)
    const bias = this.bias ?? neg(log(maximum(count, 1)));
    return mul(logistic(add(scores, bias)), mask.allowed);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.bias !== undefined && { bias: this.bias }) };
  }
}
register(Sigmoid);

export const sigmoid = (args: SigmoidArgs = {}) => new Sigmoid(args);
