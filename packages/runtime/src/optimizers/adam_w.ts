import { add, div, mul, pow, sqrt, square, sub, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { canWriteInPlace, fusedAdamW } from '../kernels/native/adam_w.js';
import { check, FlatOptimizer, type FlatOptimizerOptions } from './flat_optimizer.js';
import { flatten } from './flat_state.js';
import {
  clipped,
  decayed,
  type FlatUpdate,
  type FlatUpdated,
  flatUpdated,
  rateOfElements,
} from './flat_update.js';

/** Options of `AdamW`. */
export interface AdamWOptions extends FlatOptimizerOptions {
  /** Decay of the running mean of the gradients, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay of the running mean of their squares, from 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Keeps the division by the root of that mean finite, above 0. Default 1e-8. */
  epsilon?: number;
  /** Share of a parameter that a step takes away, in units of the learning rate, at least 0. Default 0.01. */
  weightDecay?: number;
}

/**
 * Adam with decoupled weight decay. With g the gradients, scaled by min(1, clipNorm / (‖g‖ + 1e-6)) where clipNorm is
 * given, and t the number of the step, from 1:
 *
 * m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
 * θ ← θ − η λ θ − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * On the native CPU a step is one op, which outside of what `jit` records changes variables where they are, those that share
 * their memory with another tensor excepted; elsewhere all parameters are updated as one vector.
 *
 * @throws RangeError if an option is out of its range.
 * @see Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101; PyTorch's AdamW and clip_grad_norm_ compute the same
 */
export class AdamW extends FlatOptimizer {
  static readonly className = 'ChuiAdamW';
  protected override readonly options: Required<Omit<AdamWOptions, keyof FlatOptimizerOptions>>;

  constructor(options: AdamWOptions) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
    check('beta1', beta1, 'at least 0 and below 1', beta1 >= 0 && beta1 < 1);
    check('beta2', beta2, 'at least 0 and below 1', beta2 >= 0 && beta2 < 1);
    check('epsilon', epsilon, 'above 0', epsilon > 0);
    super(options, weightDecay, ['m', 'v']);
    this.options = { beta1, beta2, epsilon, weightDecay };
  }

  override get updatesInPlace(): boolean {
    return canWriteInPlace();
  }

  protected override update(update: FlatUpdate): FlatUpdated {
    const [mean, meanSquare] = update.states as readonly [Variable, Variable];
    const { learningRate, options } = this;
    const fused = fusedAdamW({ ...options, ...update, mean, meanSquare, learningRate });
    if (!fused) return this.composed(update, mean, meanSquare);
    return { ...fused, states: [fused.mean, fused.meanSquare] };
  }

  /** The update in ops of tfjs, on all parameters as one vector. */
  private composed(update: FlatUpdate, mean: Tensor, meanSquare: Tensor): FlatUpdated {
    const { beta1, beta2, epsilon } = this.options;
    const { gradient, ...found } = clipped(update);
    const m = add(mul(mean, beta1), mul(gradient, 1 - beta1));
    const v = add(mul(meanSquare, beta2), mul(square(gradient), 1 - beta2));

    const meanBias = sub(1, pow(beta1, update.step));
    const squareBias = sqrt(sub(1, pow(beta2, update.step)));
    const direction = div(m, add(div(sqrt(v), squareBias), epsilon));
    const values = flatten(update.parameters);
    const rate = rateOfElements(update, this.learningRate);
    const updated = sub(decayed(values, update, rate), mul(direction, div(rate, meanBias)));
    return flatUpdated(update, found, [values, updated], [m, v]);
  }
}

/** @see AdamW */
export const adamW = (options: AdamWOptions): AdamW => new AdamW(options);

/** Adam, which is AdamW without weight decay. */
export const adam = (options: Omit<AdamWOptions, 'weightDecay' | 'excludeFromWeightDecay'>): AdamW =>
  new AdamW({ ...options, weightDecay: 0 });
