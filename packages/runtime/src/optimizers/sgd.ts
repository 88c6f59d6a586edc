import { add, mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { check, FlatOptimizer, type FlatOptimizerOptions } from './flat_optimizer.js';
import { flatten } from './flat_state.js';
import {
  clipped,
  type FlatUpdate,
  type FlatUpdated,
  flatUpdated,
  ofElements,
  rateOfElements,
} from './flat_update.js';

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
  protected override readonly options: Required<Omit<SgdOptions, keyof FlatOptimizerOptions>>;

  constructor(options: SgdOptions) {
    const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
    check('momentum', momentum, 'at least 0 and below 1', momentum >= 0 && momentum < 1);
    if (nesterov) check('momentum', momentum, 'above 0 for nesterov', momentum > 0);
    super(options, weightDecay, momentum > 0 ? ['momentum'] : []);
    this.options = { momentum, nesterov, weightDecay };
  }

  protected override update(update: FlatUpdate): FlatUpdated {
    const { momentum, nesterov } = this.options;
    const { gradient: clippedGradient, ...found } = clipped(update);
    const values = flatten(update.parameters);
    const decay = ofElements(update.decay, update.parameters);
    const gradient: Tensor = decay === 0 ? clippedGradient : add(clippedGradient, mul(values, decay));
    const [last] = update.states;
    const kept = last ? add(mul(last, momentum), gradient) : gradient;
    const direction = nesterov ? add(gradient, mul(kept, momentum)) : kept;
    const updated = sub(values, mul(direction, rateOfElements(update, this.learningRate)));
    return flatUpdated(update, found, [values, updated], last ? [kept] : []);
  }
}

/** @see Sgd */
export const sgd = (options: SgdOptions): Sgd => new Sgd(options);
