import { add, mul, sign, sub } from '@tensorflow/tfjs-core';
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

/** Options of `Lion`. */
export interface LionOptions extends FlatOptimizerOptions {
  /** How much the direction keeps of the running mean, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay of the running mean of the gradients, from 0 to below 1. Default 0.99. */
  beta2?: number;
  /** Share of a parameter that a step takes away, in units of the learning rate, at least 0. Default 0. */
  weightDecay?: number;
}

/**
 * Lion, whose steps are of one size for all elements. With g the gradients, scaled by min(1, clipNorm / (‖g‖ + 1e-6)) where
 * clipNorm is given:
 *
 * θ ← θ − η λ θ − η sign(β₁ m + (1 − β₁) g); m ← β₂ m + (1 − β₂) g
 *
 * Its learning rate is usually a third to a tenth of AdamW's, its weight decay as much larger.
 *
 * @throws RangeError if an option is out of its range.
 * @see Chen et al. (2023), https://arxiv.org/abs/2302.06675, algorithm 2
 */
export class Lion extends FlatOptimizer {
  static readonly className = 'ChuiLion';
  protected override readonly options: Required<Omit<LionOptions, keyof FlatOptimizerOptions>>;

  constructor(options: LionOptions) {
    const { beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
    check('beta1', beta1, 'at least 0 and below 1', beta1 >= 0 && beta1 < 1);
    check('beta2', beta2, 'at least 0 and below 1', beta2 >= 0 && beta2 < 1);
    super(options, weightDecay, ['m']);
    this.options = { beta1, beta2, weightDecay };
  }

  protected override update(update: FlatUpdate): FlatUpdated {
    const { beta1, beta2 } = this.options;
    const { gradient, ...found } = clipped(update);
    const mean = update.states[0]!;
    const values = flatten(update.parameters);
    const rate = rateOfElements(update, this.learningRate);
    const direction = sign(add(mul(mean, beta1), mul(gradient, 1 - beta1)));
    const updated = sub(decayed(values, update, rate), mul(direction, rate));
    return flatUpdated(update, found, [values, updated], [add(mul(mean, beta2), mul(gradient, 1 - beta2))]);
  }
}

/** @see Lion */
export const lion = (options: LionOptions): Lion => new Lion(options);
