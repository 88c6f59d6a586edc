import { nextTask, randomState, restoreRandomState } from '@chui/runtime';
import { getBackend, type Variable } from '@tensorflow/tfjs-core';
import type { Batch, BatchLoader } from '../data/batch.js';
import type { Schedule } from '../schedules/schedule.js';
import type { CheckedArgs } from './args.js';
import type { EvaluationReport, TrainerCallback, TrainResult } from './callback.js';
import {
  CHECKPOINT_FORMAT,
  type CheckpointStore,
  type CheckpointTensors,
  type Progress,
} from './checkpoint.js';
import { drawSamples, type SampleTexts } from './draw_samples.js';
import type { EvalStep } from './eval_step.js';
import { type ComputeMetrics, evaluateModel } from './evaluate_model.js';
import { memoryInUse } from './memory_in_use.js';
import type { TrainableModel } from './model.js';

import type { TrainerOptimizer } from './optimizer.js';
import type { ParameterNames } from './parameter_names.js';
import { plainArgs } from './plain_args.js';
import { checkSameTraining, trainingIdentity } from './same_training.js';
import { checkedScore, scoreOf } from './score.js';
import { type StepContext, StepLog } from './step_log.js';
import { optimizerTensors, restoreOptimizer, restoreVariables, variableTensors } from './training_state.js';
import { untilAborted } from './until_aborted.js';
import { UpdateStep } from './update_step.js';
import { WeightAverage } from './weight_average.js';

export interface TrainingRunOptions {
  readonly model: TrainableModel;
  readonly args: CheckedArgs;
  readonly optimizer: TrainerOptimizer;
  readonly names: ParameterNames;
  /** What is trained. */
  readonly variables: Variable[];
  readonly schedule: Schedule;
  /** Updates of the whole training; Infinity where only time or epochs of a stream limit it. */
  readonly totalSteps: number;
  readonly trainLoader: BatchLoader;
  readonly evalLoader: BatchLoader | undefined;
  readonly evalStep: EvalStep;
  readonly computeMetrics: ComputeMetrics | undefined;
  readonly sampleTexts: SampleTexts | undefined;
  readonly callbacks: readonly TrainerCallback[];
  readonly checkpoints: CheckpointStore | undefined;
}

/** How long training may keep the event loop. */
const TURN_MILLISECONDS = 50;

/** Least time between two checkpoints that nobody asked for, and how many times that of saving one it is at least. */
const CHECKPOINT_SECONDS = 30;
const SAVINGS_APART = 20;

/** One training from beginning to end: the state that `Trainer.train` needs while it runs. */
export class TrainingRun {
  private started = performance.now();
  private turn = this.started;
  private savedSeconds = 0;
  private savedStep = 0;
  private savingSeconds = 0;
  /** Whether what there is may be saved if something fails. */
  private isSound = true;
  private readonly updateStep: UpdateStep;
  private readonly average: WeightAverage | undefined;
  private readonly log: StepLog;
  private step = 0;
  private epoch = 0;
  /** Batches of this epoch that are done. */
  private batch = 0;
  private evaluationSeconds = 0;
  private evaluatedStep = 0;
  private best: EvaluationReport | undefined;
  private evaluations: readonly EvaluationReport[] = [];
  private bestWeights: CheckpointTensors | undefined;
  /** Evaluations since the best one. */
  private worse = 0;

  constructor(private readonly options: TrainingRunOptions) {
    const { model, optimizer, args, variables, names } = options;
    if (args.ema !== undefined) this.average = new WeightAverage(variables, args.ema);
    const trained = new Set(model.trainableVariables());
    const others = names.all.flatMap(([, variable]) => (trained.has(variable) ? [] : [variable]));
    const moving = model.movingVariables?.() ?? others;
    this.updateStep = new UpdateStep({ model, optimizer, variables, moving, args, average: this.average });
    this.log = new StepLog(optimizer, names, args.nonFinite);
  }

  /** Trains to the end; see `Trainer.train`. */
  async run(): Promise<TrainResult> {
    try {
      await this.resume();
      await this.start();
      const stopped = await this.loop();
      await this.report();
      if (stopped !== 'aborted') await this.evaluate();
      if (this.step > this.savedStep) await this.save();
      this.settle();
      const result = this.result(stopped);
      await this.tell((callback) => callback.onEnd?.(result));
      return result;
    } catch (error) {
      // A stream or callback that failed takes nothing from what was trained.
      if (this.isSound && this.step > this.savedStep) await this.save().catch(() => {});
      if (this.bestWeights) restoreVariables(this.options.names.all, this.bestWeights);
      for (const callback of this.options.callbacks) {
        try {
          await callback.onError?.(error);
        } catch {
          // What ended the training is what is thrown.
        }
      }
      throw error;
    } finally {
      this.log.dispose();
      this.updateStep.dispose();
      this.average?.dispose();
    }
  }

  private async loop(): Promise<TrainResult['stopped']> {
    const { args, trainLoader } = this.options;
    const { saveSteps, signal } = args;
    // What was due when the training was stopped may not have come to it.
    await this.evaluateIfDue();
    for (;;) {
      const ended = this.ended();
      if (ended) return ended;
      for await (const batch of untilAborted(trainLoader.epoch(this.epoch, this.batch), signal)) {
        const ended = this.ended();
        if (ended) return ended;
        this.update(batch);
        if (this.step % args.logSteps === 0) await this.report();
        if (this.batch === trainLoader.length) await this.endEpoch();
        else await this.evaluateIfDue();
        if (this.isSavingDue(saveSteps)) await this.save();
        if (performance.now() - this.turn >= TURN_MILLISECONDS) {
          await nextTask();
          this.turn = performance.now();
        }
      }
      if (signal?.aborted) return 'aborted';
      // A stream does not say before that a batch is its last.
      if (this.batch > 0) await this.endEpoch();
    }
  }

  private async endEpoch(): Promise<void> {
    this.epoch++;
    this.batch = 0;
    await this.evaluateIfDue();
    const report = { step: this.step, epoch: this.epoch, seconds: this.seconds() };
    await this.tell((callback) => callback.onEpochEnd?.(report));
  }

  private async evaluateIfDue(): Promise<void> {
    const { evalSteps, evalEpochs = 1 } = this.options.args;
    const isDue =
      evalSteps === undefined
        ? this.batch === 0 && this.epoch % evalEpochs === 0
        : this.step % evalSteps === 0;
    if (isDue) await this.evaluate();
  }

  private isSavingDue(saveSteps: number | undefined): boolean {
    if (saveSteps !== undefined) return this.step % saveSteps === 0;
    const apart = Math.max(CHECKPOINT_SECONDS, SAVINGS_APART * this.savingSeconds);
    return this.options.checkpoints !== undefined && this.seconds() - this.savedSeconds >= apart;
  }

  /** Whether and why there is no further step. */
  private ended(): TrainResult['stopped'] | undefined {
    const { signal, maxSeconds = Infinity, epochs = Infinity, patience = Infinity } = this.options.args;
    if (this.worse >= patience) return 'patience';
    if (signal?.aborted) return 'aborted';
    if (this.step >= this.options.totalSteps || this.epoch >= epochs) return 'completed';
    return this.seconds() >= maxSeconds ? 'maxSeconds' : undefined;
  }

  private update(batch: Batch): void {
    const { optimizer, args, schedule } = this.options;
    const learningRate = args.learningRate * schedule(this.step);
    optimizer.setLearningRate(learningRate);
    this.isSound = false;
    const result = this.updateStep.run(batch);
    this.isSound = true;
    this.step++;
    this.batch++;
    this.log.push(result, batch, { step: this.step, learningRate });
  }

  /** Reads what the steps since the last report gave, checks it, and tells the callbacks. */
  private async report(): Promise<void> {
    await this.collect();
    const report = this.log.report(() => this.context());
    if (report) await this.tell((callback) => callback.onStep?.(report));
  }

  private async collect(): Promise<void> {
    try {
      await this.log.collect();
    } catch (error) {
      this.isSound = false;
      throw error;
    }
  }

  /** Evaluates, unless that was done since the last step, and keeps the weights that are the best so far. */
  private async evaluate(): Promise<void> {
    const { evalLoader, evalStep, computeMetrics, sampleTexts, args, names } = this.options;
    if (!evalLoader || this.step === this.evaluatedStep) return;
    await this.report();
    const { signal, metricForBestModel, greaterIsBetter } = args;
    const evaluated = await this.averaged(async () => {
      const evaluation = await evaluateModel(evalStep, evalLoader, { computeMetrics, signal });
      if (!evaluation) return undefined;
      const score = checkedScore(evaluation, metricForBestModel, this.step);
      const least = this.best && scoreOf(this.best, metricForBestModel);
      const best = least === undefined || (greaterIsBetter ? score > least : score < least);
      if (best) this.bestWeights = await variableTensors(names.all);
      return { evaluation, best, ...(await drawSamples(sampleTexts)) };
    });
    if (!evaluated) return;
    const { evaluation, best, samples, sampleSeconds } = evaluated;
    const { predictions: _, labels: __, ...plain } = evaluation;
    this.evaluatedStep = this.step;
    this.evaluationSeconds += plain.evaluationSeconds + sampleSeconds;
    const report = {
      ...{ ...plain, step: this.step, epoch: this.passes(), seconds: this.seconds(), best },
      ...(samples && { samples }),
    };
    this.evaluations = [...this.evaluations, report];
    if (best) this.best = report;
    this.worse = best ? 0 : this.worse + 1;
    await this.tell((callback) => callback.onEvaluate?.(report));
  }

  private averaged<T>(body: () => Promise<T>): Promise<T> {
    return this.average ? this.average.during(body) : body();
  }

  /** Gives the model the weights that it ends with: the best, else the averaged ones, else those that it has. */
  private settle(): void {
    if (this.bestWeights && (this.worse > 0 || (this.average && this.best!.step === this.step))) {
      restoreVariables(this.options.names.all, this.bestWeights);
    } else this.average?.settle();
  }

  /** Goes on from the last checkpoint, if there is one. */
  private async resume(): Promise<void> {
    const { checkpoints, optimizer, names } = this.options;
    await checkpoints?.prepare?.();
    const checkpoint = await checkpoints?.load();
    if (!checkpoint) return;
    const { progress } = checkpoint;
    checkSameTraining(progress, this.training());
    restoreVariables(names.all, checkpoint.model);
    if (this.average) restoreVariables(this.averages(), checkpoint.average ?? new Map());
    await restoreOptimizer(optimizer, names, checkpoint.optimizer);
    this.bestWeights = checkpoint.best;
    this.best = progress.best;
    this.evaluations = progress.evaluations;
    this.step = progress.step;
    this.epoch = progress.epoch;
    this.batch = progress.batch;
    this.evaluationSeconds = progress.evaluationSeconds;
    this.evaluatedStep = progress.evaluatedStep;
    this.worse = progress.worse;
    this.started -= 1000 * progress.seconds;
    this.savedSeconds = progress.seconds;
    this.savedStep = progress.step;
    this.log.resume(progress, this.stepSeconds());
    restoreRandomState(progress.random);
  }

  private async save(): Promise<void> {
    const { checkpoints, optimizer, names, model } = this.options;
    if (!checkpoints) return;
    await this.collect();
    const started = this.seconds();
    this.isSound = false;
    const progress: Progress = {
      format: CHECKPOINT_FORMAT,
      training: this.training(),
      step: this.step,
      epoch: this.epoch,
      batch: this.batch,
      ...this.log.totals(),
      seconds: this.seconds(),
      evaluationSeconds: this.evaluationSeconds,
      evaluatedStep: this.evaluatedStep,
      worse: this.worse,
      best: this.best,
      evaluations: this.evaluations,
      random: randomState(),
    };
    await checkpoints.save({
      progress,
      model: await variableTensors(names.all),
      best: this.bestWeights,
      average: this.average && (await variableTensors(this.averages())),
      optimizer: await optimizerTensors(optimizer, names),
      config: model.configFile?.(),
    });
    this.isSound = true;
    this.savedSeconds = this.seconds();
    this.savingSeconds = this.savedSeconds - started;
    this.savedStep = this.step;
    const report = { step: this.step, path: checkpoints.directoryOf?.(this.step) };
    await this.tell((callback) => callback.onSave?.(report));
  }

  /** The means of the weights, by the names of these. */
  private averages(): [string, Variable][] {
    const { variables, names } = this.options;
    return variables.map(({ name }, index) => [names.of(name), this.average!.averages[index]!]);
  }

  private training(): Progress['training'] {
    const { trainLoader, names, args, model } = this.options;
    const sizes = { totalSteps: this.knownSteps, batches: trainLoader.length };
    return trainingIdentity(args, names, sizes, model.configFile?.());
  }

  /** Updates of the whole training, where they are known before. */
  private get knownSteps(): number | undefined {
    const { totalSteps } = this.options;
    return totalSteps === Infinity ? undefined : totalSteps;
  }

  private async start(): Promise<void> {
    const { args, names, variables } = this.options;
    const count = (all: readonly Variable[]) => all.reduce((sum, { size }) => sum + size, 0);
    await this.tell((callback) =>
      callback.onStart?.({
        args: plainArgs(args),
        parameters: count(names.all.map(([, variable]) => variable)),
        trainableParameters: count(variables),
        totalSteps: this.knownSteps,
        backend: getBackend(),
        resumedStep: this.step,
      }),
    );
  }

  private context(): StepContext {
    return {
      totalSteps: this.knownSteps,
      epoch: this.passes(),
      stepSeconds: this.stepSeconds(),
      compileSeconds: this.updateStep.compileSeconds,
      seconds: this.seconds(),
      secondsLeft: this.secondsLeft(),
      memory: memoryInUse(),
    };
  }

  private result(stopped: TrainResult['stopped']): TrainResult {
    const { meanLoss, tokens, skippedSteps } = this.log.totals();
    return {
      stopped,
      steps: this.step,
      epochs: this.passes(),
      seconds: this.seconds(),
      loss: meanLoss ?? Number.NaN,
      tokensPerSecond: this.step === 0 ? 0 : tokens / this.stepSeconds(),
      skippedSteps,
      best: this.best,
      evaluations: this.evaluations,
    };
  }

  /** Passes through the data; whole ones where a stream does not say how long it is. */
  private passes(): number {
    const { length } = this.options.trainLoader;
    return this.epoch + (length === undefined ? 0 : this.batch / length);
  }

  private seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Time that was not spent on evaluations. */
  private stepSeconds(): number {
    return this.seconds() - this.evaluationSeconds;
  }

  private secondsLeft(): number {
    const { totalSteps, args } = this.options;
    const bySteps = this.step === 0 ? Infinity : ((totalSteps - this.step) * this.seconds()) / this.step;
    return Math.max(0, Math.min(bySteps, (args.maxSeconds ?? Infinity) - this.seconds()));
  }

  private async tell(hear: (callback: TrainerCallback) => void | Promise<void>): Promise<void> {
    for (const callback of this.options.callbacks) await hear(callback);
  }
}
