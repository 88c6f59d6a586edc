import { jit } from '@chui/runtime';
import { type Scalar, tidy, Variable, variableGrads } from '@tensorflow/tfjs-core';
import type { Batch } from '../data/batches.js';
import { type BatchTensors, batchLoss, batchTensors, type TrainableModel } from './model.js';
import type { TrainerOptimizer } from './optimizer.js';

/** Shapes of batches for which compiled steps are kept. */
const RECORDINGS = { maxRecordings: 256 };

/** One update of a model's variables, and its loss; compiled where the backend can. */
export class UpdateStep {
  private readonly gradients;
  private readonly update;

  constructor(
    model: TrainableModel,
    private readonly optimizer: TrainerOptimizer,
    variables: Variable[],
    labelSmoothing: number,
  ) {
    const gradients = (inputs: BatchTensors) =>
      variableGrads(() => batchLoss(model, inputs, { training: true, labelSmoothing }), variables);
    this.gradients = jit(gradients, RECORDINGS);
    this.update = jit((inputs: BatchTensors) => {
      const { value, grads } = gradients(inputs);
      optimizer.applyGradients(grads);
      return value;
    }, RECORDINGS);
  }

  run(batch: Batch): Scalar {
    return tidy(() => {
      const inputs = batchTensors(batch);
      // An optimizer whose rate is a number may hold more that changes, which a recording would freeze.
      const { learningRate } = this.optimizer as { learningRate?: unknown };
      if (learningRate instanceof Variable) return this.update(inputs);
      const { value, grads } = this.gradients(inputs);
      this.optimizer.applyGradients(grads);
      return value;
    });
  }

  /** For recording and compiling, with the first run of what was compiled, so far. */
  get compileSeconds(): number {
    return [this.gradients, this.update]
      .map((compiled) => compiled.stats())
      .reduce((sum, each) => sum + (each.recordMilliseconds + each.compileMilliseconds) / 1000, 0);
  }

  dispose(): void {
    this.gradients.dispose();
    this.update.dispose();
  }
}

/** A model's loss without training; compiled where the backend can. */
export class LossStep {
  private readonly loss;

  constructor(model: TrainableModel) {
    this.loss = jit((inputs: BatchTensors) => batchLoss(model, inputs, { training: false }), RECORDINGS);
  }

  run(batch: Batch): Scalar {
    return tidy(() => this.loss(batchTensors(batch)));
  }

  dispose(): void {
    this.loss.dispose();
  }
}
