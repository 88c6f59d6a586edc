import {
  add,
  concat,
  equal,
  mul,
  type NamedTensorMap,
  reshape,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor1D,
  tidy,
  Variable,
  variable,
  variableGrads,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Batch } from '../data/batch.js';
import type { CheckedArgs } from './args.js';
import { compile, uncompiled } from './compile.js';
import { type BatchTensors, batchLoss, batchTensors, type TrainableModel } from './model.js';
import type { TrainerOptimizer } from './optimizer.js';
import type { WeightAverage } from './weight_average.js';

export interface UpdateStepOptions {
  readonly model: TrainableModel;
  readonly optimizer: TrainerOptimizer;
  /** What is updated. */
  readonly variables: Variable[];
  /** What the model itself changes while it trains, such as moving means. */
  readonly moving?: readonly Variable[] | undefined;
  readonly args: Partial<Pick<CheckedArgs, 'labelSmoothing' | 'precision' | 'gradientCheckpointing'>>;
  readonly average?: WeightAverage | undefined;
}

/**
 * One update of a model's variables; compiled where the backend can. The gradients of a batch of several parts are
 * those of its mean loss, whatever the parts.
 */
export class UpdateStep {
  private readonly gradients;
  private readonly whole;
  private readonly part;
  private readonly last;
  private readonly average;
  private readonly sums: GradientSums;
  private readonly moving: readonly Variable[];

  constructor({ model, optimizer, variables, moving = [], args, average }: UpdateStepOptions) {
    // Only an optimizer that says which steps it left out can keep others from them.
    this.moving = optimizer.skippedSteps ? moving : [];
    const { labelSmoothing = 0, precision, gradientCheckpointing: recompute = false } = args;
    const forward = { training: true, labelSmoothing, ...(recompute && { recompute }) };
    const options = { precision, check: model.mayDrawInJavaScript };
    this.sums = new GradientSums(variables);
    this.gradients = compile(
      (inputs: BatchTensors) => variableGrads(() => batchLoss(model, inputs, forward), variables),
      options,
    );
    this.average = compile((taken?: Tensor) => average?.update(taken), options);
    const apply = (gradients: NamedTensorMap, loss: Scalar, before: readonly Tensor[]): Tensor1D => {
      const skipped = optimizer.skippedSteps?.clone();
      optimizer.applyGradients(gradients, loss);
      const taken = skipped && equal(skipped, optimizer.skippedSteps!);
      if (average) this.average(taken);
      for (const [index, each] of this.moving.entries()) each.assign(where(taken!, each, before[index]!));
      return stepResult(loss, optimizer);
    };
    // An optimizer whose rate is a number may hold more that changes, which a recording would freeze.
    const { learningRate } = optimizer as { learningRate?: unknown };
    const compiled = learningRate instanceof Variable && !optimizer.updatesInPlace;
    const whole = <F extends (...args: never[]) => unknown>(fn: F) =>
      compiled ? compile(fn, options) : uncompiled(fn);
    this.whole = whole((inputs: BatchTensors, before: readonly Tensor[]) => {
      const { value, grads } = this.gradients(inputs);
      return apply(grads, value, before);
    });
    this.part = compile((inputs: BatchTensors, share: Scalar) => {
      const { value, grads } = this.gradients(inputs);
      this.sums.add(grads, value, share);
    }, options);
    this.last = whole((before: readonly Tensor[]) => {
      const { gradients, loss } = this.sums.take();
      return apply(gradients, loss, before);
    });
  }

  /** @returns loss, norm of all gradients, and the norm of each, as far as the optimizer tells them */
  run({ parts, items }: Batch): Tensor1D {
    return tidy(() => {
      const before = this.moving.map((each) => each.clone());
      if (parts.length === 1) return this.whole(batchTensors(parts[0]!), before);
      for (const part of parts) {
        tidy(() => this.part(batchTensors(part), scalar(items === 0 ? 0 : part.items / items)));
      }
      return this.last(before);
    });
  }

  /** For recording and compiling, with the first run of what was compiled, so far. */
  get compileSeconds(): number {
    return this.compiled
      .map((compiled) => compiled.stats())
      .reduce((sum, each) => sum + (each.recordMilliseconds + each.compileMilliseconds) / 1000, 0);
  }

  dispose(): void {
    for (const each of [...this.compiled, this.sums]) each.dispose();
  }

  private get compiled() {
    return [this.gradients, this.whole, this.part, this.last, this.average];
  }
}

/** The mean of gradients and losses over parts, each with its share. */
class GradientSums {
  private sums: readonly Variable[] | undefined;
  private loss: Variable | undefined;
  /** Those that a gradient has reached. */
  private readonly reached = new Set<string>();

  constructor(private readonly variables: readonly Variable[]) {}

  add(gradients: NamedTensorMap, loss: Scalar, share: Scalar): void {
    tidy(() => {
      this.loss ??= variable(scalar(0), false);
      this.sums ??= this.variables.map(({ shape }) => variable(zeros(shape), false));
      this.loss.assign(add(this.loss, mul(loss, share)));
      for (const [index, { name }] of this.variables.entries()) {
        const gradient = gradients[name];
        if (!gradient) continue;
        this.reached.add(name);
        this.sums[index]!.assign(add(this.sums[index]!, mul(gradient, share)));
      }
    });
  }

  /** What was added up; then begins anew. */
  take(): { gradients: NamedTensorMap; loss: Scalar } {
    const taken = (from: Variable): Tensor => {
      const value = from.clone();
      from.assign(zerosLike(from));
      return value;
    };
    const reached = [...this.variables.entries()].filter(([, { name }]) => this.reached.has(name));
    return {
      gradients: Object.fromEntries(reached.map(([index, { name }]) => [name, taken(this.sums![index]!)])),
      loss: taken(this.loss!) as Scalar,
    };
  }

  dispose(): void {
    for (const each of [...(this.sums ?? []), this.loss]) each?.dispose();
  }
}

function stepResult(loss: Scalar, { gradientNorm, gradientNorms }: TrainerOptimizer): Tensor1D {
  const values = [loss, gradientNorm, gradientNorms].filter((value) => value !== undefined);
  return concat(values.map((value) => reshape(value, [value.size]))) as Tensor1D;
}
