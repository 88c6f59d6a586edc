import { setSeed } from '@chui/runtime';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BatchLoader, DataCollator } from '../data/batch.js';
import { type Dataset, loaderFor } from '../data/dataset.js';
import type { Schedule } from '../schedules/schedule.js';
import { type CheckedArgs, checkArgs, scheduleOf, type TrainingArgs } from './args.js';
import type { Evaluation, TrainerCallback, TrainResult } from './callback.js';
import type { CheckpointStore } from './checkpoint.js';
import { collatorFor } from './collator_for.js';
import type { SampleTexts } from './draw_samples.js';
import { EvalStep, logitsOf, type PredictionsOf } from './eval_step.js';
import { type ComputeMetrics, evaluateModel, type PredictedEvaluation } from './evaluate_model.js';
import { type LayersModelLoss, TrainableLayersModel } from './layers_model.js';
import { makeOptimizer } from './make_optimizer.js';
import type { TrainableModel } from './model.js';
import type { TrainerOptimizer } from './optimizer.js';
import { ParameterNames } from './parameter_names.js';
import { TrainingRun } from './training_run.js';
import { restoreVariables } from './training_state.js';

export interface TrainerOptions<E> {
  /** A model of chui, anything of its shape, or a tf.LayersModel. */
  readonly model: TrainableModel | LayersModel;
  readonly args: TrainingArgs;
  /** What is learned from a tf.LayersModel, which does not know it: needed there, and only there. */
  readonly loss?: LayersModelLoss | undefined;
  /** Examples as an array, which is shuffled as a whole, or as a stream; a function gives a stream for each epoch. */
  readonly trainDataset?: Dataset<E> | undefined;
  readonly evalDataset?: Dataset<E> | undefined;
  /** Makes batches of examples. Default: by the model, `dataCollatorForSeq2Seq` or `dataCollatorWithPadding`. */
  readonly dataCollator?: DataCollator<E> | undefined;
  /** Makes metrics of the predictions on the evalDataset, such as `({ predictions, labels }) => ({ accuracy: … })`. */
  readonly computeMetrics?: ComputeMetrics | undefined;
  /** What of an output are predictions, in ops that can be recorded. Default: the logits. */
  readonly predictionsOf?: PredictionsOf | undefined;
  /**
   * Makes texts to be shown with each evaluation while training, such as a language model writes. The training's random numbers are
   * as if it had drawn none.
   */
  readonly sampleTexts?: SampleTexts | undefined;
  readonly callbacks?: readonly TrainerCallback[] | undefined;
  /** Default: that of the arguments. One of your own you dispose yourself; arguments for optimizers do not reach it. */
  readonly optimizer?: TrainerOptimizer | undefined;
  /**
   * Where the training keeps what it needs to go on: every `saveSteps` steps, or about every half minute; when it is aborted
   * or fails; and at its end. If there is a checkpoint when it starts, it goes on from there.
   */
  readonly checkpoints?: CheckpointStore | undefined;
}

/**
 * Trains a model on examples: shuffles and pads them, updates under a schedule, evaluates, keeps the best weights, and
 * stops when it should. The same seed gives the same losses on the same machine and backend. Random numbers are drawn from
 * one seed: run one training at a time.
 *
 * @throws RangeError naming the argument, the rule and the value.
 * @example
 * const trainer = new Trainer({ model, args: { epochs: 3, learningRate: 2e-3 }, trainDataset, evalDataset });
 * const { steps, best } = await trainer.train();
 */
export class Trainer<E = object> {
  private readonly args: CheckedArgs;
  private readonly model: TrainableModel;
  private readonly collator: DataCollator<E>;
  private readonly evalLoader: BatchLoader | undefined;
  private readonly plan: TrainingPlan | undefined;

  constructor(private readonly options: TrainerOptions<E>) {
    this.args = checkArgs(options.args);
    const { optimizer } = options;
    if (optimizer && !('setLearningRate' in optimizer && 'applyGradients' in optimizer)) {
      throw new TypeError(
        'optimizer must have setLearningRate and applyGradients, as adamW of @chui/runtime has',
      );
    }
    this.model = trainable(options);
    if (this.args.gradientCheckpointing && !this.model.canRecompute) {
      throw new RangeError(
        'gradientCheckpointing must come with a model that can recompute, but this one cannot',
      );
    }
    this.collator = collatorFor(this.model, options);
    this.evalLoader = options.evalDataset && this.loader('evalDataset', options.evalDataset);
    for (const name of ['patience', 'evalSteps', 'evalEpochs', 'metricForBestModel'] as const) {
      if (options.args[name] !== undefined && !this.evalLoader) {
        throw new RangeError(`${name} must come with an evalDataset`);
      }
    }
    const { metricForBestModel } = this.args;
    if (!options.computeMetrics && !['loss', 'perplexity'].includes(metricForBestModel)) {
      throw new RangeError(
        `metricForBestModel must be loss or perplexity without computeMetrics, but is ${metricForBestModel}`,
      );
    }
    this.plan = options.trainDataset && this.planFor(options.trainDataset);
  }

  /**
   * Trains, from the weights that the model has. At the end it has those of the best evaluation, if there was one. A
   * training that is aborted ends without an evaluation, and goes back to the best weights only if the last evaluation was
   * worse.
   *
   * @throws Error naming step, examples and parameter if a loss or gradient is NaN or infinite; the model then has the
   *   best weights so far, or those before that step.
   */
  async train(): Promise<TrainResult> {
    const { callbacks = [], checkpoints, computeMetrics, sampleTexts } = this.options;
    const { args, model, evalLoader, plan } = this;
    if (!plan) throw new RangeError('train must have a trainDataset, but the Trainer has none');
    const names = new ParameterNames(model);
    const frozen = args.freeze ? names.matcher('freeze', args.freeze) : () => false;
    const variables = model.trainableVariables().filter(({ name }) => !frozen(names.of(name)));
    if (variables.length === 0) throw new RangeError('freeze must leave a parameter that is trained');
    setSeed(args.seed);
    const optimizer = this.options.optimizer ?? makeOptimizer(args, names);
    optimizer.rest?.();
    const evalStep = this.evalStep();
    try {
      return await new TrainingRun({
        model,
        args,
        optimizer,
        names,
        variables,
        ...plan,
        evalLoader,
        evalStep,
        computeMetrics,
        sampleTexts,
        callbacks,
        checkpoints,
      }).run();
    } finally {
      evalStep.dispose();
      if (!this.options.optimizer) optimizer.dispose();
    }
  }

  /** Loss and metrics on a data set, the evalDataset by default. */
  async evaluate(dataset?: Dataset<E>): Promise<Evaluation> {
    const loader = dataset ? this.loader('dataset', dataset) : this.evalLoader;
    if (!loader) throw new RangeError('evaluate must have a dataset, for the Trainer has no evalDataset');
    const { predictions: _, labels: __, ...evaluation } = await this.run(loader, this.evalStep());
    return evaluation;
  }

  /** What the model says of each example of a data set, with loss and metrics where it has labels. */
  async predict(dataset: Dataset<E>): Promise<PredictedEvaluation> {
    return this.run(this.loader('dataset', dataset), this.evalStep(true));
  }

  /**
   * Gives the model the mean of its parameters over the newest checkpoints, which is often better than each of them.
   *
   * @param count how many, all that are kept by default
   * @throws RangeError if there are not so many.
   * @see Vaswani et al. (2017), section 6.1, https://arxiv.org/abs/1706.03762
   */
  async averageCheckpoints(count?: number): Promise<void> {
    const { checkpoints } = this.options;
    if (!checkpoints?.averageModel) {
      throw new RangeError(
        'averageCheckpoints must have checkpoints that keep several, but the Trainer has none',
      );
    }
    restoreVariables(new ParameterNames(this.model).all, await checkpoints.averageModel(count));
  }

  private async run(loader: BatchLoader, step: EvalStep): Promise<PredictedEvaluation> {
    const { computeMetrics } = this.options;
    try {
      return (await evaluateModel(step, loader, { computeMetrics }))!;
    } finally {
      step.dispose();
    }
  }

  private evalStep(predicts = this.options.computeMetrics !== undefined): EvalStep {
    const { predictionsOf = logitsOf } = this.options;
    return new EvalStep(this.model, predicts ? predictionsOf : undefined, this.args.precision);
  }

  /** All of a data set, to be evaluated. */
  private loader(name: string, dataset: Dataset<E>): BatchLoader {
    const { evalBatchSize, ...args } = this.args;
    const size = evalBatchSize !== undefined && { batchSize: evalBatchSize, maxTokens: undefined };
    return loaderFor(name, dataset, { ...args, ...size, dropLast: false, collator: this.collator });
  }

  private planFor(dataset: Dataset<E>): TrainingPlan {
    const trainLoader = loaderFor('trainDataset', dataset, { ...this.args, collator: this.collator });
    const { epochs = Infinity, maxSteps = Infinity } = this.args;
    if (trainLoader.length === undefined && epochs !== Infinity && !Number.isInteger(epochs)) {
      throw new RangeError(`epochs must be an integer for a stream, but is ${epochs}`);
    }
    const totalSteps = Math.min(maxSteps, Math.ceil(epochs * (trainLoader.length ?? Infinity)));
    return { trainLoader, totalSteps, schedule: scheduleOf(this.args, totalSteps) };
  }
}

interface TrainingPlan {
  readonly trainLoader: BatchLoader;
  readonly totalSteps: number;
  readonly schedule: Schedule;
}

function trainable<E>({ model, loss }: TrainerOptions<E>): TrainableModel {
  if ('forward' in model) {
    if (loss !== undefined) throw new RangeError('loss must not be given for a model that has its own');
    return model;
  }
  if (loss === undefined) throw new RangeError('loss must be given for a tf.LayersModel');
  return new TrainableLayersModel(model, loss);
}
