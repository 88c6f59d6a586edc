/** How a training went since the last report. */
export interface StepReport {
  /** Updates done. */
  readonly step: number;
  /** Updates of the whole training; undefined where only time limits it. */
  readonly totalSteps: number | undefined;
  /** Passes through the data, 1.5 in the middle of the second. */
  readonly epoch: number;
  /** Mean loss of the steps since the last report. */
  readonly loss: number;
  /** Of the last step. */
  readonly learningRate: number;
  /** Tokens of sources and targets without padding, a second, since the last report. */
  readonly tokensPerSecond: number;
  /** Since the last report, for the first steps with new shapes, where steps are recorded and compiled. */
  readonly compileSeconds: number;
  /** Since the training began. */
  readonly seconds: number;
  /** Estimate, evaluations included. */
  readonly secondsLeft: number;
}

/** What an evaluation gave. */
export interface Evaluation {
  /** Mean loss over all target tokens, without label smoothing. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** Target tokens. */
  readonly tokens: number;
  /** What the evaluation took. */
  readonly evaluationSeconds: number;
}

/** An evaluation while training. */
export interface EvaluationReport extends Evaluation {
  readonly step: number;
  readonly epoch: number;
  /** Since the training began. */
  readonly seconds: number;
  /** Whether the loss is the least so far. */
  readonly best: boolean;
}

/** What a training gave. */
export interface TrainResult {
  /** `completed`: all epochs or steps; `maxSeconds`; `patience`: the evaluation loss fell no more; `aborted`. */
  readonly stopped: 'completed' | 'maxSeconds' | 'patience' | 'aborted';
  /** Updates done. */
  readonly steps: number;
  readonly epochs: number;
  /** Evaluations included. */
  readonly seconds: number;
  /** Mean loss over the steps since the last report but one; NaN if there was no step. */
  readonly loss: number;
  /** Tokens of sources and targets without padding, over all seconds. */
  readonly tokensPerSecond: number;
  /** The evaluation whose weights the model has now, where there were evaluations. */
  readonly best: EvaluationReport | undefined;
  /** All of them, those before a resumption too. */
  readonly evaluations: readonly EvaluationReport[];
}

/** Hears of a training. The training waits for what a method returns; what it throws ends the training. */
export interface TrainerCallback {
  /** Every `logSteps` steps, and after the last: losses are read back from the backend only then. */
  onStep?(report: StepReport): void | Promise<void>;
  onEvaluate?(report: EvaluationReport): void | Promise<void>;
  /** After a training that did not fail. */
  onEnd?(result: TrainResult): void | Promise<void>;
  /** After a training that failed, before `train` throws the error. */
  onError?(error: unknown): void | Promise<void>;
}
