import {
  add,
  div,
  engine,
  fill,
  minimum,
  mul,
  type NamedTensorMap,
  Optimizer,
  type Scalar,
  scalar,
  type serialization,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { FlatState, flatten, type NamedTensor } from './flat_state.js';

/** Options of every optimizer here. */
export interface FlatOptimizerOptions {
  /** Step size, at least 0. */
  learningRate: number;
  /** Gradients whose norm, over all of them together, is above this are scaled down to it. Default: never. */
  clipNorm?: number;
  /** Whether a parameter of this name does not decay, as is usual for biases and norms. Default: all decay. */
  excludeFromWeightDecay?: (name: string) => boolean;
}

/** What a step has to go by. */
export interface FlatUpdate {
  readonly parameters: readonly Variable[];
  /** One a parameter. */
  readonly gradients: readonly Tensor[];
  /** One a parameter. */
  readonly decay: readonly number[];
  /** What the optimizer keeps, in the order of its names. */
  readonly states: readonly Variable[];
  readonly clipNorm?: number | undefined;
}

/** What a step makes. */
export interface FlatUpdated {
  /** One a parameter. */
  readonly parameters: readonly Tensor[];
  readonly states: readonly Tensor[];
  /** Before clipping. */
  readonly gradientNorm: Tensor;
}

/**
 * An optimizer that updates all parameters at once. Learning rate and step are variables, so that nothing in a step is a
 * JavaScript number that changes. A parameter that has no gradient in a step stays as it is, and so does its state.
 */
export abstract class FlatOptimizer extends Optimizer {
  /** Set it with `setLearningRate`. */
  readonly learningRate: Variable;
  /** How many steps were made. */
  readonly step: Variable;
  /** Norm of all gradients of the last step together, before clipping; 0 before the first. */
  readonly gradientNorm: Variable;
  private readonly states: readonly FlatState[];
  private readonly clipNorm: number | undefined;
  private readonly decayOf: (name: string) => number;

  /** What an optimizer of the same kind is made with, but for the learning rate. */
  protected abstract readonly options: serialization.ConfigDict;

  /** @param stateNames what is kept of each parameter, as checkpoints name it */
  constructor(
    { learningRate, clipNorm, excludeFromWeightDecay = () => false }: FlatOptimizerOptions,
    weightDecay: number,
    stateNames: readonly string[],
  ) {
    super();
    check('learningRate', learningRate, 'at least 0', learningRate >= 0);
    check('weightDecay', weightDecay, 'at least 0', weightDecay >= 0);
    if (clipNorm !== undefined) check('clipNorm', clipNorm, 'above 0', clipNorm > 0);
    this.clipNorm = clipNorm;
    this.decayOf = (name) => (excludeFromWeightDecay(name) ? 0 : weightDecay);
    this.states = stateNames.map((name) => new FlatState(name));
    [this.learningRate, this.step, this.gradientNorm] = tidy(() =>
      [learningRate, 0, 0].map((value) => variable(scalar(value), false)),
    ) as [Variable, Variable, Variable];
  }

  /** One step, in ops that can be recorded. `step` counts it already. */
  protected abstract update(update: FlatUpdate): FlatUpdated;

  override applyGradients(gradients: NamedTensorMap | NamedTensor[]): void {
    const named = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }): [string, Tensor] => [name, tensor])
      : Object.entries(gradients);
    if (named.length === 0) return;
    const parameters = named.map(([name]) => registeredVariable(name));
    const states = this.states.map((state) => state.variableFor(parameters));
    tidy(() => {
      this.step.assign(add(this.step, 1));
      const updated = this.update({
        parameters,
        gradients: named.map(([, tensor]) => tensor),
        decay: parameters.map(({ name }) => this.decayOf(name)),
        states,
        clipNorm: this.clipNorm,
      });
      for (const [index, state] of states.entries()) state.assign(updated.states[index]!);
      this.gradientNorm.assign(updated.gradientNorm as Scalar);
      for (const [index, parameter] of parameters.entries()) parameter.assign(updated.parameters[index]!);
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

  /** The state for a checkpoint: `step`, and what is kept of each parameter as `name/state`. The tensors are the caller's. */
  override async getWeights(): Promise<NamedTensor[]> {
    return [{ name: 'step', tensor: this.step.clone() }, ...this.states.flatMap((state) => state.weights())];
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
    for (const state of this.states) state.setWeights(weights);
  }

  override dispose(): void {
    for (const owned of [this.learningRate, this.step, this.gradientNorm, ...this.states]) owned.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    return { learningRate: this.learningRate.dataSync()[0]!, ...this.options };
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(config);
  }
}

/** All gradients as one vector, scaled by min(1, clipNorm / (‖g‖ + 1e-6)), and their norm before. */
export function clipped({ gradients, clipNorm }: Pick<FlatUpdate, 'gradients' | 'clipNorm'>): {
  gradient: Tensor1D;
  gradientNorm: Tensor;
} {
  const raw = flatten(gradients);
  const gradientNorm = sqrt(sum(square(raw)));
  if (clipNorm === undefined) return { gradient: raw, gradientNorm };
  return { gradient: mul(raw, minimum(1, div(clipNorm, add(gradientNorm, 1e-6)))), gradientNorm };
}

/** λ of every element, or of all; 0 if nothing decays. */
export function decayOfElements({
  parameters,
  decay,
}: Pick<FlatUpdate, 'decay'> & { parameters: readonly Tensor[] }): Tensor | number {
  if (new Set(decay).size === 1) return decay[0]!;
  return flatten(parameters.map(({ size }, index) => fill([size], decay[index]!)));
}

/** All parameters as one vector, less the share η λ of each that decays. */
export function decayed(
  update: Pick<FlatUpdate, 'decay'> & { parameters: readonly Tensor[] },
  learningRate: Tensor,
): Tensor {
  const values = flatten(update.parameters);
  const decay = decayOfElements(update);
  return decay === 0 ? values : mul(values, sub(1, mul(learningRate, decay)));
}

function registeredVariable(name: string): Variable {
  const found = engine().registeredVariables[name];
  if (!found) throw new RangeError(`gradients must be those of variables, but there is no variable ${name}`);
  return found;
}

/** @throws RangeError unless the rule holds and the value is finite */
export function check(name: string, value: number, rule: string, holds: boolean): void {
  if (!holds || !Number.isFinite(value)) throw new RangeError(`${name} must be ${rule}, but is ${value}`);
}
