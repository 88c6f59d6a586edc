import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import {
  check,
  clipped,
  decayOfElements,
  FlatOptimizer,
  type FlatOptimizerOptions,
  type FlatUpdate,
  type FlatUpdated,
} from './flat_optimizer.js';
import { flatten, unflatten } from './flat_state.js';

/** Options of `Sgd`. */
export interface SgdOptions extends FlatOptimizerOptions {
  /** Share of the last step's direction that is kept, from 0 to below 1. Default 0. */
  momentum?: number;
  /** Goes by the direction that the next step would have. Needs a momentum. */
  nesterov?: boolean;
  /** Adds λ θ to the gradient, at least 0. Default 0. */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent. With g the gradients, scaled by min(1, clipNorm / (‖g‖ + 1e-6)) where clipNorm is given:
 *
 * g ← g + λ θ; b ← μ b + g; θ ← θ − η b, or with Nesterov's momentum θ ← θ − η (g + μ b)
 *
 * @throws RangeError if an option is out of its range, or `nesterov` comes without momentum.
 * @see Sutskever et al. (2013), https://proceedings.mlr.press/v28/sutskever13.html; PyTorch's SGD computes the same
 */
export class Sgd extends FlatOptimizer {
  static readonly className = 'ChuiSgd';
  protected override readonly options: Required<Omit<SgdOptions, keyof FlatOptimizerOptions>> & {
    clipNorm?: number;
  };

  constructor(options: SgdOptions) {
    const { momentum = 0, nesterov = false, weightDecay = 0, clipNorm } = options;
    check('momentum', momentum, 'at least 0 and below 1', momentum >= 0 && momentum < 1);
    if (nesterov) check('momentum', momentum, 'above 0 for nesterov', momentum > 0);
    super(options, weightDecay, momentum > 0 ? ['momentum'] : []);
    this.options = { momentum, nesterov, weightDecay, clipNorm };
  }

  protected override update(update: FlatUpdate): FlatUpdated {
    const { momentum, nesterov } = this.options;
    const { gradient: clippedGradient, gradientNorm } = clipped(update);
    const values = flatten(update.parameters);
    const decay = decayOfElements(update);
    const gradient: Tensor = decay === 0 ? clippedGradient : add(clippedGradient, mul(values, decay));
    const [last] = update.states;
    const kept = last ? add(mul(last, momentum), gradient) : gradient;
    const direction = nesterov ? add(gradient, mul(kept, momentum)) : kept;
    return {
      parameters: unflatten(sub(values, mul(direction, this.learningRate)), update.parameters),
      states: last ? [kept] : [],
      gradientNorm,
    };
  }
}

/** @see Sgd */
export const sgd = (options: SgdOptions): Sgd => new Sgd(options);
