import { randomUniform } from '@chui/runtime';
import {
  add,
  argMax,
  cast,
  customGrad,
  div,
  log,
  mul,
  neg,
  oneHot,
  type serialization,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { type LayerArgs, register } from '../layer.js';
import { maskedSoftmax } from '../ops/masked_softmax.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export interface GumbelArgs extends LayerArgs {
  /** τ of the softmax whose gradient is used; less is nearer to the choice, and noisier. Default 1. */
  temperature?: number;
}

/**
 * Hard attention: each query attends to one slot. In training the slot is drawn with the probabilities of the softmax, by
 * the largest of e + g with Gumbel noise g, and gradients are those of softmax((e + g) / τ), "straight through"; else
 * it is the slot of the largest score, the first of equals.
 *
 * @throws RangeError if the temperature is not a number above zero
 * @see Jang et al. (2017), https://arxiv.org/abs/1611.01144; hard attention: Xu et al. (2015), section 4.1,
 *   https://arxiv.org/abs/1502.03044, which trains it by REINFORCE
 */
export class Gumbel extends Normalization {
  static readonly className = 'ChuiGumbel';
  readonly temperature: number;

  constructor({ temperature = 1, ...args }: GumbelArgs = {}) {
    super(args);
    if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`temperature must be a number above zero, but is ${temperature}`);
    }
    this.temperature = temperature;
  }

  override normalize(scores: Tensor, { mask, training = false }: NormalizeOptions = {}): Tensor {
    const noisy = training ? add(scores, gumbelNoise(scores.shape)) : scores;
    const soft = maskedSoftmax(div(noisy, this.temperature), mask);
    const choose = customGrad((_weights) => {
      const open = mask ? add(noisy, mask.penalty) : noisy;
      const chosen = cast(oneHot(argMax(open, -1), scores.shape.at(-1)!), 'float32');
      return { value: mask ? mul(chosen, mask.allowed) : chosen, gradFunc: (dy: Tensor) => dy };
    });
    return choose(soft);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), temperature: this.temperature };
  }
}
register(Gumbel);

export const gumbel = (args: GumbelArgs = {}) => new Gumbel(args);

/** −ln(−ln u) for even u in 0 … 1, of which neither end is taken. */
function gumbelNoise(shape: number[]): Tensor {
  return neg(log(neg(log(randomUniform(shape, 1e-7, 1 - 1e-7)))));
}
