import { adamW, setSeed } from '@chui/runtime';
import { Batches } from '../data/batches.js';
import type { Example } from '../data/examples.js';
import type { Schedule } from '../schedules/schedule.js';
import { type CheckedArgs, checkArgs, scheduleOf, type TrainingArgs } from './args.js';
import type { Evaluation, TrainerCallback, TrainResult } from './callback.js';
import type { CheckpointStore } from './checkpoint.js';
import { LossStep } from './compiled_steps.js';
import { evaluateModel } from './evaluate_model.js';
import type { TrainableModel } from './model.js';
import type { TrainerOptimizer } from './optimizer.js';
import { TrainingRun } from './training_run.js';

export interface TrainerOptions {
  readonly model: TrainableModel;
  readonly args: TrainingArgs;
  readonly trainDataset: readonly Example[];
  readonly evalDataset?: readonly Example[] | undefined;
  readonly callbacks?: readonly TrainerCallback[] | undefined;
  /** Default: AdamW with the arguments' weightDecay and maxGradNorm. One of your own you dispose yourself. */
  readonly optimizer?: TrainerOptimizer | undefined;
  /**
   * Where the training keeps what it needs to go on: after an evaluation, not more often than every 30 seconds, and when
   * it is aborted. If there is a checkpoint when it starts, it goes on from there; at its end there is none.
   */
  readonly checkpoints?: CheckpointStore | undefined;
}

/**
 * Trains a model on examples: shuffles and pads them, updates by AdamW under a schedule, evaluates, keeps the best
 * weights, and stops when it should. The same seed gives the same losses on the same machine and backend.
 *
 * @throws RangeError naming the argument, the rule and the value.
 * @example
 * const trainer = new Trainer({ model, args: { epochs: 3, learningRate: 2e-3 }, trainDataset, evalDataset });
 * const { steps, best } = await trainer.train();
 */
export class Trainer {
  private readonly args: CheckedArgs;
  private readonly trainBatches: Batches;
  private readonly evalBatches: Batches | undefined;
  private readonly totalSteps: number;
  private readonly schedule: Schedule;

  constructor(private readonly options: TrainerOptions) {
    this.args = checkArgs(options.args);
    this.trainBatches = this.batches(options.trainDataset);
    this.evalBatches = options.evalDataset && this.batches(options.evalDataset);
    const { epochs = Infinity, maxSteps = Infinity, patience } = this.args;
    if (patience !== undefined && !this.evalBatches) {
      throw new RangeError('patience must come with an evalDataset');
    }
    this.totalSteps = Math.min(maxSteps, Math.ceil(epochs * this.trainBatches.length));
    this.schedule = scheduleOf(this.args, this.totalSteps);
  }

  /**
   * Trains, from the weights that the model has. At the end it has those of the best evaluation. A training that is
   * aborted ends without an evaluation, and goes back to the best weights only if the last evaluation was worse.
   *
   * @throws Error naming the step if a loss is NaN or infinite; the model then has the best weights so far, if there
   *   was an evaluation.
   */
  async train(): Promise<TrainResult> {
    const { model, callbacks = [], checkpoints } = this.options;
    const { args, trainBatches, evalBatches, totalSteps, schedule } = this;
    setSeed(args.seed);
    const { learningRate, weightDecay, maxGradNorm } = args;
    const clipNorm = maxGradNorm === Infinity ? undefined : maxGradNorm;
    const optimizer = this.options.optimizer ?? adamW({ learningRate, weightDecay, clipNorm });
    try {
      const data = { totalSteps, trainBatches, evalBatches };
      return await new TrainingRun({
        model,
        args,
        optimizer,
        schedule,
        ...data,
        callbacks,
        checkpoints,
      }).run();
    } finally {
      if (!this.options.optimizer) optimizer.dispose();
    }
  }

  /** The loss on a data set, the evalDataset by default. */
  async evaluate(dataset?: readonly Example[]): Promise<Evaluation> {
    const batches = dataset ? this.batches(dataset) : this.evalBatches;
    if (!batches) throw new RangeError('evaluate must have a dataset, for the Trainer has no evalDataset');
    const step = new LossStep(this.options.model);
    try {
      return (await evaluateModel(step, batches))!;
    } finally {
      step.dispose();
    }
  }

  private batches(examples: readonly Example[]): Batches {
    const { padTokenId, decoderStartTokenId } = this.options.model.config;
    const { batchSize, maxTokens, lengthMultiple, seed } = this.args;
    return new Batches(examples, {
      padTokenId,
      decoderStartTokenId,
      batchSize,
      maxTokens,
      lengthMultiple,
      seed,
    });
  }
}
