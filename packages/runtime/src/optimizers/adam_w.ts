import {
  add,
  div,
  engine,
  fill,
  minimum,
  mul,
  type NamedTensorMap,
  Optimizer,
  pow,
  type Scalar,
  scalar,
  type serialization,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { type AdamWUpdate, type AdamWUpdated, fusedAdamW } from '../kernels/native/adam_w.js';
import { FlatState, flatten, type NamedTensor, unflatten } from './flat_state.js';

/** Options of `AdamW`. */
export interface AdamWOptions {
  /** Step size, at least 0. */
  learningRate: number;
  /** Decay of the running mean of the gradients, from 0 to below 1. Default 0.9. */
  beta1?: number;
  /** Decay of the running mean of their squares, from 0 to below 1. Default 0.999. */
  beta2?: number;
  /** Keeps the division by the root of that mean finite, above 0. Default 1e-8. */
  epsilon?: number;
  /** Share of a parameter that a step takes away, in units of the learning rate, at least 0. Default 0.01. */
  weightDecay?: number;
  /** Gradients whose norm, over all of them together, is above this are scaled down to it. Default: never. */
  clipNorm?: number;
  /** Whether a parameter of this name does not decay, as is usual for biases and norms. Default: all decay. */
  excludeFromWeightDecay?: (name: string) => boolean;
}

/**
 * Adam with decoupled weight decay. With g the gradients, scaled by min(1, clipNorm / (‖g‖ + 1e-6)) where clipNorm is
 * given, and t the number of the step, from 1:
 *
 * m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
 * θ ← θ − η λ θ − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * Learning rate and step are variables, so that nothing in a step is a JavaScript number that changes. On the native CPU
 * it is one op; elsewhere all parameters are updated as one vector. A parameter that has no gradient in a step stays as it
 * is, and so do its m and v.
 *
 * @throws RangeError if an option is out of its range.
 * @see Loshchilov and Hutter (2019), https://arxiv.org/abs/1711.05101; PyTorch's AdamW and clip_grad_norm_ compute the same
 */
export class AdamW extends Optimizer {
  static readonly className = 'ChuiAdamW';
  /** Set it with `setLearningRate`. */
  readonly learningRate: Variable;
  /** How many steps were made. */
  readonly step: Variable;
  /** Norm of all gradients of the last step together, before clipping; 0 before the first. */
  readonly gradientNorm: Variable;
  private readonly options: Required<Omit<AdamWOptions, 'learningRate' | 'clipNorm'>> & { clipNorm?: number };
  private readonly mean = new FlatState('m');
  private readonly meanSquare = new FlatState('v');

  constructor({
    learningRate,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0.01,
    clipNorm,
    excludeFromWeightDecay = () => false,
  }: AdamWOptions) {
    super();
    check('learningRate', learningRate, 'at least 0', learningRate >= 0);
    check('beta1', beta1, 'at least 0 and below 1', beta1 >= 0 && beta1 < 1);
    check('beta2', beta2, 'at least 0 and below 1', beta2 >= 0 && beta2 < 1);
    check('epsilon', epsilon, 'above 0', epsilon > 0);
    check('weightDecay', weightDecay, 'at least 0', weightDecay >= 0);
    if (clipNorm !== undefined) check('clipNorm', clipNorm, 'above 0', clipNorm > 0);
    this.options = { beta1, beta2, epsilon, weightDecay, clipNorm, excludeFromWeightDecay };
    [this.learningRate, this.step, this.gradientNorm] = tidy(() =>
      [learningRate, 0, 0].map((value) => variable(scalar(value), false)),
    ) as [Variable, Variable, Variable];
  }

  override applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    const named = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }): [string, Tensor] => [name, tensor])
      : Object.entries(gradients);
    if (named.length === 0) return;
    const variables = named.map(([name]) => registeredVariable(name));
    const m = this.mean.variableFor(variables);
    const v = this.meanSquare.variableFor(variables);
    tidy(() => {
      this.step.assign(add(this.step, 1));
      const gradients = named.map(([, tensor]) => tensor);
      const decay = variables.map(({ name }) =>
        this.options.excludeFromWeightDecay(name) ? 0 : this.options.weightDecay,
      );
      const { learningRate, step, options } = this;
      const state = { parameters: variables, gradients, decay, mean: m, meanSquare: v, learningRate, step };
      const updated = fusedAdamW({ ...state, ...options }) ?? composedAdamW({ ...state, ...options });
      m.assign(updated.mean);
      v.assign(updated.meanSquare);
      this.gradientNorm.assign(updated.gradientNorm as Scalar);
      for (const [index, value] of updated.parameters.entries()) variables[index]!.assign(value);
    });
  }

  /** How many steps were made; it is read back from `step`. */
  override get iterations(): number {
    return this.step.dataSync()[0]!;
  }

  /** Sets the step size from the next step on. */
  setLearningRate(value: number): void {
    check('learningRate', value, 'at least 0', value >= 0);
    tidy(() => this.learningRate.assign(scalar(value)));
  }

  /** The state for a checkpoint: `step`, and of each parameter `name/m` and `name/v`. The tensors are the caller's. */
  override async getWeights(): Promise<NamedTensor[]> {
    return [
      { name: 'step', tensor: this.step.clone() },
      ...this.mean.weights(),
      ...this.meanSquare.weights(),
    ];
  }

  /**
   * Continues from what `getWeights` gave; the tensors stay the caller's.
   *
   * @throws RangeError if there is no `step`. A wrong shape throws at the next step.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const step = weights.find(({ name }) => name === 'step')?.tensor;
    if (!step) throw new RangeError(`weights must have a step, but are ${weights.map(({ name }) => name)}`);
    this.step.assign(step as Scalar);
    this.mean.setWeights(weights);
    this.meanSquare.setWeights(weights);
  }

  override dispose(): void {
    for (const owned of [this.learningRate, this.step, this.gradientNorm, this.mean, this.meanSquare])
      owned.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    const { excludeFromWeightDecay: _, ...options } = this.options;
    return { learningRate: this.learningRate.dataSync()[0]!, ...options };
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(config);
  }
}

/** @see AdamW */
export const adamW = (options: AdamWOptions): AdamW => new AdamW(options);

/** The update in ops of tfjs, on all parameters as one vector. */
function composedAdamW(update: AdamWUpdate): AdamWUpdated {
  const { parameters, mean, meanSquare, learningRate, step, beta1, beta2, epsilon, clipNorm } = update;
  const raw = flatten(update.gradients);
  const gradientNorm = sqrt(sum(square(raw)));
  const gradient =
    clipNorm === undefined ? raw : mul(raw, minimum(1, div(clipNorm, add(gradientNorm, 1e-6))));
  const m = add(mul(mean, beta1), mul(gradient, 1 - beta1));
  const v = add(mul(meanSquare, beta2), mul(square(gradient), 1 - beta2));

  const meanBias = sub(1, pow(beta1, step));
  const squareBias = sqrt(sub(1, pow(beta2, step)));
  const direction = div(m, add(div(sqrt(v), squareBias), epsilon));
  const values = flatten(parameters);
  const decays = new Set(update.decay);
  const decay = decays.size > 1 ? decayOfElements(parameters, update.decay) : update.decay[0]!;
  const kept = decay === 0 ? values : mul(values, sub(1, mul(learningRate, decay)));
  const updated = sub(kept, mul(direction, div(learningRate, meanBias)));
  return { parameters: unflatten(updated, parameters), mean: m, meanSquare: v, gradientNorm };
}

/** λ for each element of all parameters. */
const decayOfElements = (parameters: readonly Tensor[], decay: readonly number[]): Tensor =>
  flatten(parameters.map(({ size }, index) => fill([size], decay[index]!)));

function registeredVariable(name: string): Variable {
  const found = engine().registeredVariables[name];
  if (!found) throw new RangeError(`gradients must be those of variables, but there is no variable ${name}`);
  return found;
}

function check(name: string, value: number, rule: string, holds: boolean): void {
  if (!holds || !Number.isFinite(value)) throw new RangeError(`${name} must be ${rule}, but is ${value}`);
}
