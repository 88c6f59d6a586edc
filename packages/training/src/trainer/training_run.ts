import { randomState, restoreRandomState } from '@chui/runtime';
import type { Variable } from '@tensorflow/tfjs-core';
import type { Batch, Batches } from '../data/batches.js';
import type { Schedule } from '../schedules/schedule.js';
import type { CheckedArgs } from './args.js';
import type { EvaluationReport, TrainerCallback, TrainResult } from './callback.js';
import { type CheckpointStore, checkSameTraining, type Progress } from './checkpoint.js';
import { LossStep, UpdateStep } from './compiled_steps.js';
import { evaluateModel } from './evaluate_model.js';
import { Losses } from './losses.js';
import type { TrainableModel } from './model.js';
import { nextTask } from './next_task.js';
import type { TrainerOptimizer } from './optimizer.js';
import { restoreState, stateTensors } from './training_state.js';
import { Weights } from './weights.js';

export interface TrainingRunOptions {
  readonly model: TrainableModel;
  readonly args: CheckedArgs;
  readonly optimizer: TrainerOptimizer;
  readonly schedule: Schedule;
  /** Updates of the whole training; Infinity where only time limits it. */
  readonly totalSteps: number;
  readonly trainBatches: Batches;
  readonly evalBatches: Batches | undefined;
  readonly callbacks: readonly TrainerCallback[];
  readonly checkpoints: CheckpointStore | undefined;
}

/** How long training may keep the event loop. */
const TURN_MILLISECONDS = 50;

/** Least time between two checkpoints. */
const CHECKPOINT_SECONDS = 30;

/** One training from beginning to end: the state that `Trainer.train` needs while it runs. */
export class TrainingRun {
  private started = performance.now();
  private savedSeconds = 0;
  private readonly variables: Variable[];
  private readonly updateStep: UpdateStep;
  private readonly lossStep: LossStep;
  private readonly losses = new Losses();
  private step = 0;
  private tokens = 0;
  private learningRate = 0;
  private meanLoss = Number.NaN;
  private reported = { tokens: 0, stepSeconds: 0, compileSeconds: 0 };
  private evaluationSeconds = 0;
  private evaluatedStep = 0;
  private best: EvaluationReport | undefined;
  private evaluations: readonly EvaluationReport[] = [];
  private bestWeights: Weights | undefined;
  /** Evaluations since the best one. */
  private worse = 0;

  constructor(private readonly options: TrainingRunOptions) {
    const { model, optimizer, args } = options;
    this.variables = model.trainableVariables();
    this.updateStep = new UpdateStep(model, optimizer, this.variables, args.labelSmoothing);
    this.lossStep = new LossStep(model);
  }

  /** Trains to the end; see `Trainer.train`. */
  async run(): Promise<TrainResult> {
    try {
      await this.resume();
      const stopped = await this.loop();
      await this.report();
      if (stopped !== 'aborted') await this.evaluate();
      else await this.save();
      if (this.worse > 0) this.bestWeights!.restore();
      if (stopped !== 'aborted') await this.options.checkpoints?.clear();
      const result = this.result(stopped);
      await this.tell((callback) => callback.onEnd?.(result));
      return result;
    } catch (error) {
      this.bestWeights?.restore();
      await this.tell((callback) => callback.onError?.(error));
      throw error;
    } finally {
      this.losses.dispose();
      this.updateStep.dispose();
      this.lossStep.dispose();
    }
  }

  private async loop(): Promise<TrainResult['stopped']> {
    const { args, trainBatches, totalSteps } = this.options;
    const { signal, logSteps, evalSteps = trainBatches.length, maxSeconds = Infinity } = args;
    const { patience = Infinity } = args;
    let turn = performance.now();
    for (let epoch = Math.floor(this.step / trainBatches.length); ; epoch++) {
      const done = this.step - epoch * trainBatches.length;
      for (const batch of trainBatches.epoch(epoch, done)) {
        if (signal?.aborted) return 'aborted';
        if (this.step >= totalSteps) return 'completed';
        if (this.seconds() >= maxSeconds) return 'maxSeconds';
        this.update(batch);
        if (this.step % logSteps === 0) await this.report();
        if (this.step % evalSteps === 0) await this.evaluate();
        if (this.worse >= patience) return 'patience';
        if (performance.now() - turn >= TURN_MILLISECONDS) {
          await nextTask();
          turn = performance.now();
        }
      }
    }
  }

  private update(batch: Batch): void {
    const { optimizer, args, schedule } = this.options;
    this.learningRate = args.learningRate * schedule(this.step);
    optimizer.setLearningRate(this.learningRate);
    this.losses.push(this.updateStep.run(batch));
    this.step++;
    this.tokens += batch.sourceTokens + batch.targetTokens;
  }

  /** Reads the losses since the last report, checks them, and tells the callbacks. */
  private async report(): Promise<void> {
    if (this.losses.length === 0) return;
    const losses = await this.losses.read();
    const bad = losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) {
      const step = this.step - losses.length + bad + 1;
      throw new Error(`loss must be finite, but is ${losses[bad]} at step ${step}`);
    }
    this.meanLoss = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;

    const { totalSteps } = this.options;
    const stepSeconds = this.stepSeconds();
    const { compileSeconds } = this.updateStep;
    const report = {
      step: this.step,
      totalSteps: totalSteps === Infinity ? undefined : totalSteps,
      epoch: this.epoch(),
      loss: this.meanLoss,
      learningRate: this.learningRate,
      tokensPerSecond: (this.tokens - this.reported.tokens) / (stepSeconds - this.reported.stepSeconds),
      compileSeconds: compileSeconds - this.reported.compileSeconds,
      seconds: this.seconds(),
      secondsLeft: this.secondsLeft(),
    };
    this.reported = { tokens: this.tokens, stepSeconds, compileSeconds };
    await this.tell((callback) => callback.onStep?.(report));
  }

  /** Evaluates, unless that was done since the last step, and keeps the weights that are the best so far. */
  private async evaluate(): Promise<void> {
    const { evalBatches, args } = this.options;
    if (!evalBatches || this.step === this.evaluatedStep) return;
    await this.report();
    const evaluation = await evaluateModel(this.lossStep, evalBatches, args.signal);
    if (!evaluation) return;
    if (!Number.isFinite(evaluation.loss)) {
      throw new Error(`evaluation loss must be finite, but is ${evaluation.loss} at step ${this.step}`);
    }
    this.evaluatedStep = this.step;
    this.evaluationSeconds += evaluation.evaluationSeconds;
    const best = evaluation.loss < (this.best?.loss ?? Infinity);
    const report = { ...evaluation, step: this.step, epoch: this.epoch(), seconds: this.seconds(), best };
    this.evaluations = [...this.evaluations, report];
    if (best) {
      this.best = report;
      this.bestWeights = await Weights.of(this.variables);
    }
    this.worse = best ? 0 : this.worse + 1;
    await this.tell((callback) => callback.onEvaluate?.(report));
    if (this.seconds() - this.savedSeconds >= CHECKPOINT_SECONDS) await this.save();
  }

  /** Goes on from the last checkpoint, if there is one. */
  private async resume(): Promise<void> {
    const { checkpoints, optimizer } = this.options;
    const checkpoint = await checkpoints?.load();
    if (!checkpoint) return;
    const { progress, tensors } = checkpoint;
    checkSameTraining(progress.training, this.training());
    this.bestWeights = await restoreState(tensors, this.variables, optimizer);
    this.best = progress.best;
    this.evaluations = progress.evaluations;
    this.step = progress.step;
    this.tokens = progress.tokens;
    this.meanLoss = progress.meanLoss ?? Number.NaN;
    this.evaluationSeconds = progress.evaluationSeconds;
    this.evaluatedStep = progress.evaluatedStep;
    this.worse = progress.worse;
    this.started -= 1000 * progress.seconds;
    this.savedSeconds = progress.seconds;
    this.reported = { ...this.reported, tokens: this.tokens, stepSeconds: this.stepSeconds() };
    restoreRandomState(progress.random);
  }

  private async save(): Promise<void> {
    const { checkpoints, optimizer } = this.options;
    if (!checkpoints) return;
    const progress: Progress = {
      training: this.training(),
      step: this.step,
      tokens: this.tokens,
      seconds: this.seconds(),
      evaluationSeconds: this.evaluationSeconds,
      meanLoss: this.meanLoss,
      evaluatedStep: this.evaluatedStep,
      worse: this.worse,
      best: this.best,
      evaluations: this.evaluations,
      random: randomState(),
    };
    await checkpoints.save({
      progress,
      tensors: await stateTensors(this.variables, optimizer, this.bestWeights),
    });
    this.savedSeconds = this.seconds();
  }

  /** What makes another training the same. */
  private training(): Progress['training'] {
    const { signal, maxSeconds, logSteps, schedule, ...args } = this.options.args;
    return {
      ...args,
      ...(typeof schedule === 'string' && { schedule }),
      totalSteps: this.options.totalSteps,
      batches: this.options.trainBatches.length,
      variables: this.variables.map(({ shape }) => shape),
    };
  }

  private result(stopped: TrainResult['stopped']): TrainResult {
    return {
      stopped,
      steps: this.step,
      epochs: this.epoch(),
      seconds: this.seconds(),
      loss: this.meanLoss,
      tokensPerSecond: this.step === 0 ? 0 : this.tokens / this.stepSeconds(),
      best: this.best,
      evaluations: this.evaluations,
    };
  }

  private epoch(): number {
    return this.step / this.options.trainBatches.length;
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
    const bySteps = ((totalSteps - this.step) * this.seconds()) / this.step;
    return Math.max(0, Math.min(bySteps, (args.maxSeconds ?? Infinity) - this.seconds()));
  }

  private async tell(hear: (callback: TrainerCallback) => void | Promise<void>): Promise<void> {
    for (const callback of this.options.callbacks) await hear(callback);
  }
}
