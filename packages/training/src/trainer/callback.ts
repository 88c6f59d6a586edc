/** What is about to be trained. */
export interface RunStart {
  /** As the run uses them, defaults included; plain data, but for functions, which are left out. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Numbers in the model. */
  readonly parameters: number;
  /** Numbers that training changes. */
  readonly trainableParameters: number;
  /** Updates of the whole training; undefined where only time limits it. */
  readonly totalSteps: number | undefined;
  /** Of tfjs, such as tensorflow, wasm or webgl. */
  readonly backend: string;
  /** Updates that were done when the training was stopped that goes on here; 0 for a new one. */
  readonly resumedStep: number;
}

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
  /** Norm of all gradients of the last step together, before clipping; NaN where the optimizer does not say it. */
  readonly gradientNorm: number;
  /** Since the last report. */
  readonly examplesPerSecond: number;
  /** Tokens without padding, since the last report; 0 where examples have none. */
  readonly tokensPerSecond: number;
  /** Resident memory of the process in bytes, where that is known, else that of all tensors. */
  readonly memory: number;
  /** Steps so far that changed nothing, for their loss or gradients were not finite. */
  readonly skippedSteps: number;
  /** Since the last report, for the first steps with new shapes, where steps are recorded and compiled. */
  readonly compileSeconds: number;
  /** Since the training began. */
  readonly seconds: number;
  /** Estimate, evaluations included. */
  readonly secondsLeft: number;
}

/** What an evaluation gave. */
export interface Evaluation {
  /** Mean loss over all labels that count, without label smoothing. */
  readonly loss: number;
  /** What `computeMetrics` made of the predictions, and `perplexity`, exp(loss), where each token has a label. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Labels that count. */
  readonly items: number;
  /** What the evaluation took. */
  readonly evaluationSeconds: number;
}

/** An evaluation while training. */
export interface EvaluationReport extends Evaluation {
  readonly step: number;
  readonly epoch: number;
  /** Since the training began. */
  readonly seconds: number;
  /** Whether it is the best so far, by the loss or `metricForBestModel`. */
  readonly best: boolean;
  /** What `sampleTexts` gave. */
  readonly samples?: readonly string[] | undefined;
}

/** The end of a pass through the data. */
export interface EpochReport {
  /** Updates done. */
  readonly step: number;
  /** Passes that are complete. */
  readonly epoch: number;
  /** Since the training began. */
  readonly seconds: number;
}

/** A checkpoint that was kept. */
export interface SaveReport {
  /** Updates done. */
  readonly step: number;
  /** Where it is; undefined where checkpoints are kept in no directory. */
  readonly path: string | undefined;
}

/** What a training gave. */
export interface TrainResult {
  /** `completed`: all epochs or steps; `maxSeconds`; `patience`: evaluations got no better; `aborted`. */
  readonly stopped: 'completed' | 'maxSeconds' | 'patience' | 'aborted';
  /** Updates done. */
  readonly steps: number;
  readonly epochs: number;
  /** Evaluations included. */
  readonly seconds: number;
  /** Mean loss over the steps since the last report but one; NaN if there was no step. */
  readonly loss: number;
  /** Tokens without padding, over all seconds but those of evaluations. */
  readonly tokensPerSecond: number;
  /** Steps that changed nothing, for their loss or gradients were not finite. */
  readonly skippedSteps: number;
  /** The best evaluation, where there was one: its weights the model has now, unless the training was aborted. */
  readonly best: EvaluationReport | undefined;
  /** All of them, those before a resumption too. */
  readonly evaluations: readonly EvaluationReport[];
}

/** Hears of a training. The training waits for what a method returns; what it throws ends the training. */
export interface TrainerCallback {
  /** Before the first step, and before the first after a resumption. */
  onStart?(start: RunStart): void | Promise<void>;
  /** Every `logSteps` steps, and after the last: losses are read back from the backend only then. */
  onStep?(report: StepReport): void | Promise<void>;
  onEvaluate?(report: EvaluationReport): void | Promise<void>;
  /** After each complete pass through the data, and its evaluation. */
  onEpochEnd?(report: EpochReport): void | Promise<void>;
  /** After each checkpoint, also that of a training which was aborted or fails. */
  onSave?(report: SaveReport): void | Promise<void>;
  /** After a training that did not fail. */
  onEnd?(result: TrainResult): void | Promise<void>;
  /** After a training that failed, before `train` throws the error. */
  onError?(error: unknown): void | Promise<void>;
}
