import {
  add,
  div,
  expandDims,
  maximum,
  mean,
  mul,
  pow,
  rsqrt,
  sqrt,
  square,
  sub,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { check, FlatOptimizer, type FlatOptimizerOptions } from './flat_optimizer.js';
import { FlatState, flatten, unflatten } from './flat_state.js';
import { clipScale, type FlatUpdate, type FlatUpdated, ifTaken, measured } from './flat_update.js';

/** Options of `Adafactor`. */
export interface AdafactorOptions extends FlatOptimizerOptions {
  /** Decay of the running mean of the steps, from 0 to below 1; 0 keeps none. Default 0. */
  beta1?: number;
  /** The means of squares decay by 1 − t^−decayRate; above 0. Default 0.8. */
  decayRate?: number;
  /** Steps whose root mean square, in units of the learning rate, is above this are scaled down to it. Default 1. */
  clipThreshold?: number;
  /** Whether the learning rate is in units of each parameter's root mean square. Default true. */
  scaleParameter?: boolean;
  /** Added to the squares of gradients, above 0. Default 1e-30. */
  epsilon?: number;
  /** Root mean square that a parameter counts as having at least, for `scaleParameter`, at least 0. Default 1e-3. */
  minimumScale?: number;
  /** Share of a parameter that a step takes away, in units of the learning rate, at least 0. Default 0. */
  weightDecay?: number;
}

/** What is kept of a parameter by the name of the state, of those that it has. */
type Kept = Partial<Record<'row' | 'column' | 'square' | 'm', Tensor>>;

/**
 * Adafactor, which keeps of the squares of a matrix's gradients only the means of its rows and columns, and so little
 * memory. With g a gradient, scaled as `clipNorm` says where that is given, t the number of the step, from 1,
 * β₂ = 1 − t^−decayRate and rms x = √mean x²:
 *
 * ηₜ = η max(minimumScale, rms θ), or η without `scaleParameter`;
 * R ← β₂ R + (1 − β₂) mean over columns of (g² + ε), C ← β₂ C + (1 − β₂) mean over rows of (g² + ε), V = R Cᵀ / mean R;
 * u = g / √V; u ← ηₜ u / max(1, rms u / clipThreshold); m ← β₁ m + (1 − β₁) u;
 * θ ← θ − ηₜ λ θ − m
 *
 * A parameter of more than two axes is as many matrices in its last two; of one that has fewer, all of V is kept, as
 * V ← β₂ V + (1 − β₂) (g² + ε). There is no relative step: `setLearningRate` does what a schedule says.
 *
 * @throws RangeError if an option is out of its range.
 * @see Shazeer and Stern (2018), https://arxiv.org/abs/1804.04235; Hugging Face's Adafactor with relative_step=False, eps
 *   (epsilon, minimumScale) and decay_rate −decayRate computes the same
 */
export class Adafactor extends FlatOptimizer {
  static readonly className = 'ChuiAdafactor';
  protected override readonly options: Required<Omit<AdafactorOptions, keyof FlatOptimizerOptions>>;
  private readonly kinds: readonly FlatState[];

  constructor(options: AdafactorOptions) {
    const { beta1 = 0, decayRate = 0.8, clipThreshold = 1, scaleParameter = true } = options;
    const { epsilon = 1e-30, minimumScale = 1e-3, weightDecay = 0 } = options;
    check('beta1', beta1, 'at least 0 and below 1', beta1 >= 0 && beta1 < 1);
    check('decayRate', decayRate, 'above 0', decayRate > 0);
    check('clipThreshold', clipThreshold, 'above 0', clipThreshold > 0);
    check('epsilon', epsilon, 'above 0', epsilon > 0);
    check('minimumScale', minimumScale, 'at least 0', minimumScale >= 0);
    const kinds = [
      new FlatState('row', (shape) => (shape.length < 2 ? undefined : shape.slice(0, -1))),
      new FlatState('column', (shape) => (shape.length < 2 ? undefined : shape.toSpliced(-2, 1))),
      new FlatState('square', (shape) => (shape.length < 2 ? shape : undefined)),
      ...(beta1 > 0 ? [new FlatState('m')] : []),
    ];
    super(options, weightDecay, kinds);
    this.kinds = kinds;
    this.options = { beta1, decayRate, clipThreshold, scaleParameter, epsilon, minimumScale, weightDecay };
  }

  protected override update(update: FlatUpdate): FlatUpdated {
    const { parameters, gradients, decay, rates, states, step } = update;
    const found = measured(update);
    const scale = clipScale(update, found.gradientNorm);
    const kept = this.keptOf(parameters, states);
    const beta2 = sub(1, pow(step, -this.options.decayRate));
    const made = parameters.map((parameter, index) => {
      const gradient = scale ? mul(gradients[index]!, scale) : gradients[index]!;
      const rate = this.rateFor(parameter, rates[index]!);
      const next = this.next(gradient, kept[index]!, rate, beta2);
      const share = decay[index] === 0 ? parameter : mul(parameter, sub(1, mul(rate, decay[index]!)));
      return { ...next, parameter: ifTaken(found, sub(share, next.direction), parameter) };
    });
    return {
      ...found,
      parameters: made.map(({ parameter }) => parameter),
      states: this.kinds.map(({ suffix }, index) => {
        const rows = made.flatMap(({ kept: each }) => each[suffix as keyof Kept] ?? []);
        return states[index] && ifTaken(found, flatten(rows), states[index]);
      }),
    };
  }

  /** One a parameter. */
  private keptOf(parameters: readonly Variable[], states: FlatUpdate['states']): Kept[] {
    const kept = new Map<string, Kept>(parameters.map(({ name }) => [name, {}]));
    this.kinds.forEach((kind, index) => {
      const owners = kind.keptOf(parameters);
      const rows = states[index] ? unflatten(states[index], owners) : [];
      owners.forEach(({ name }, place) => {
        kept.get(name)![kind.suffix as keyof Kept] = rows[place]!;
      });
    });
    return [...kept.values()];
  }

  private rateFor(parameter: Tensor, factor: number): Tensor {
    const { scaleParameter, minimumScale } = this.options;
    const rate = factor === 1 ? this.learningRate : mul(this.learningRate, factor);
    return scaleParameter ? mul(rate, maximum(rootMeanSquare(parameter), minimumScale)) : rate;
  }

  /** What is taken from a parameter for its gradient, and what is kept of it. */
  private next(gradient: Tensor, kept: Kept, rate: Tensor, beta2: Tensor): { direction: Tensor; kept: Kept } {
    const { beta1, clipThreshold, epsilon } = this.options;
    const squares = add(square(gradient), epsilon);
    const running = (last: Tensor, now: Tensor) => add(mul(last, beta2), mul(now, sub(1, beta2)));
    const next: Kept = {};
    let scaled: Tensor;
    if (kept.square) {
      next.square = running(kept.square, squares);
      scaled = mul(gradient, rsqrt(next.square));
    } else {
      next.row = running(kept.row!, mean(squares, -1));
      next.column = running(kept.column!, mean(squares, -2));
      const rows = rsqrt(div(next.row, mean(next.row, -1, true)));
      scaled = mul(mul(gradient, expandDims(rows, -1)), expandDims(rsqrt(next.column), -2));
    }
    const tooLong = maximum(div(rootMeanSquare(scaled), clipThreshold), 1);
    let direction: Tensor = mul(scaled, div(rate, tooLong));
    if (kept.m) direction = next.m = add(mul(kept.m, beta1), mul(direction, 1 - beta1));
    return { direction, kept: next };
  }
}

/** @see Adafactor */
export const adafactor = (options: AdafactorOptions): Adafactor => new Adafactor(options);

const rootMeanSquare = (values: Tensor): Tensor => sqrt(mean(square(values)));
