import {
  add,
  engine,
  type NamedTensorMap,
  Optimizer,
  type Scalar,
  scalar,
  type serialization,
  type Tensor,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { FlatState, type NamedTensor } from './flat_state.js';
import type { FlatUpdate, FlatUpdated } from './flat_update.js';
import { type NonFinite, StepGuard } from './step_guard.js';

/** Options of every optimizer here. */
export interface FlatOptimizerOptions {
  /** Step size, at least 0. */
  learningRate: number;
  /** Gradients whose norm, over all of them together, is above this are scaled down to it. Default: never. */
  clipNorm?: number;
  /** Whether a parameter of this name does not decay, as is usual for biases and norms. Default: all decay. */
  excludeFromWeightDecay?: (name: string) => boolean;
  /** Factor of the learning rate, and so of the decay, for the parameter of this name, at least 0. Default 1. */
  learningRateOf?: (name: string) => number;
  /**
   * What is done about a step whose gradient norm, or whose loss where `applyGradients` is given it, is NaN or infinite.
   * `apply` makes it; with `skip` it changes neither parameters nor state nor `step`, and counts as one of
   * `skippedSteps`; with `halt` so do all steps after it, until `resume`. Default `apply`.
   */
  nonFinite?: NonFinite;
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
  private names: readonly string[] = [];
  private readonly guard: StepGuard;
  private readonly states: readonly FlatState[];
  private readonly clipNorm: number | undefined;
  private readonly decayOf: (name: string) => number;
  private readonly rateOf: (name: string) => number;

  /** What an optimizer of the same kind is made with, but for what all kinds have. */
  protected abstract readonly options: serialization.ConfigDict;

  /** @param states what is kept of each parameter, as checkpoints name it */
  constructor(
    {
      learningRate,
      clipNorm,
      excludeFromWeightDecay = () => false,
      learningRateOf = () => 1,
      nonFinite = 'apply',
    }: FlatOptimizerOptions,
    weightDecay: number,
    states: readonly (string | FlatState)[],
  ) {
    super();
    check('learningRate', learningRate, 'at least 0', learningRate >= 0);
    check('weightDecay', weightDecay, 'at least 0', weightDecay >= 0);
    if (clipNorm !== undefined) check('clipNorm', clipNorm, 'above 0', clipNorm > 0);
    this.guard = new StepGuard(nonFinite);
    this.clipNorm = clipNorm;
    this.decayOf = (name) => (excludeFromWeightDecay(name) ? 0 : weightDecay);
    this.rateOf = (name) => {
      const factor = learningRateOf(name);
      check(`learningRateOf(${name})`, factor, 'at least 0', factor >= 0);
      return factor;
    };
    this.states = states.map((state) => (typeof state === 'string' ? new FlatState(state) : state));
    [this.learningRate, this.step, this.gradientNorm] = tidy(() =>
      [learningRate, 0, 0].map((value) => variable(scalar(value), false)),
    ) as [Variable, Variable, Variable];
  }

  /** How many steps were not made since the start or `resume`: see `nonFinite`. */
  get skippedSteps(): Variable {
    return this.guard.skippedSteps;
  }

  /** The parameters of the last step, in its order. Of a step that `jit` compiled, those of its recording. */
  get parameterNames(): readonly string[] {
    return this.names;
  }

  /**
   * Norms (N) of the gradients of the last step by parameter, in the order of `parameterNames`, before clipping; those of a
   * step that was not made too. Undefined before the first step, and with `nonFinite: 'apply'`.
   */
  get gradientNorms(): Variable | undefined {
    return this.guard.gradientNorms;
  }

  /**
   * Whether a step changes parameters and state where they are now. It does so only outside of what `jit` records, and needs
   * half of the memory traffic: then gradients are best compiled without it.
   */
  get updatesInPlace(): boolean {
    return false;
  }

  /** One step, in ops that can be recorded. */
  protected abstract update(update: FlatUpdate): FlatUpdated;

  /**
   * One step.
   *
   * @param loss with `nonFinite` other than `apply`, the step is not made if this is not finite either
   * @throws RangeError if a gradient is not that of a variable, or a factor of the learning rate is below 0.
   */
  override applyGradients(gradients: NamedTensorMap | NamedTensor[], loss?: Scalar): void {
    const named = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }): [string, Tensor] => [name, tensor])
      : Object.entries(gradients);
    if (named.length === 0) return;
    const parameters = named.map(([name]) => registeredVariable(name));
    this.names = parameters.map(({ name }) => name);
    const [decay, rates] = [this.names.map(this.decayOf), this.names.map(this.rateOf)];
    const states = this.states.map((state) => state.variableFor(parameters));
    tidy(() => {
      const step = add(this.step, 1);
      const updated = this.update({
        parameters,
        gradients: named.map(([, tensor]) => tensor),
        decay,
        rates,
        states,
        step,
        clipNorm: this.clipNorm,
        allowed: this.guard.allowed(loss),
      });
      this.step.assign(this.guard.settle(updated, step) as Scalar);
      this.gradientNorm.assign(updated.gradientNorm as Scalar);
      for (const [index, state] of states.entries()) assignNew(state, updated.states[index]);
      for (const [index, parameter] of parameters.entries()) assignNew(parameter, updated.parameters[index]);
    });
  }

  /** Makes steps again after a halt, and counts `skippedSteps` from 0. */
  resume(): void {
    this.guard.resume();
  }

  /**
   * Makes ready for a training of other parameters: call it between two of them, outside of what `jit` records. What is kept
   * of each parameter stays.
   */
  rest(): void {
    for (const state of this.states) state.park();
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

  /**
   * The state for a checkpoint: `step`, `skippedSteps` unless `nonFinite` is `apply`, and what is kept of each parameter as
   * `name/state`. The tensors are the caller's.
   */
  override async getWeights(): Promise<NamedTensor[]> {
    const counts =
      this.guard.kind === 'apply'
        ? { step: this.step }
        : { step: this.step, skippedSteps: this.skippedSteps };
    return [
      ...Object.entries(counts).map(([name, count]) => ({ name, tensor: count.clone() })),
      ...this.states.flatMap((state) => state.weights()),
    ];
  }

  /**
   * Continues from what `getWeights` gave, without `skippedSteps` from none; the tensors stay the caller's.
   *
   * @throws RangeError if there is no `step`. A wrong shape throws at the next step.
   */
  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const step = weights.find(({ name }) => name === 'step')?.tensor;
    if (!step) throw new RangeError(`weights must have a step, but are ${weights.map(({ name }) => name)}`);
    this.step.assign(step as Scalar);
    this.resume();
    const skipped = weights.find(({ name }) => name === 'skippedSteps')?.tensor;
    if (skipped) this.skippedSteps.assign(skipped as Scalar);
    for (const state of this.states) state.setWeights(weights);
  }

  override dispose(): void {
    for (const owned of [this.learningRate, this.step, this.gradientNorm, this.guard, ...this.states])
      owned.dispose();
  }

  override getConfig(): serialization.ConfigDict {
    return {
      learningRate: this.learningRate.dataSync()[0]!,
      ...(this.clipNorm !== undefined && { clipNorm: this.clipNorm }),
      nonFinite: this.guard.kind,
      ...this.options,
    };
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(config);
  }
}

/** Unless it was changed where it is. */
function assignNew(variable: Variable | undefined, value: Tensor | undefined): void {
  if (value !== variable) variable?.assign(value!);
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
