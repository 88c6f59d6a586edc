import type { EvaluationReport } from './callback.js';

/** Float32 or int32 values of a tensor. */
export interface CheckpointTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Tensors by name. */
export type CheckpointTensors = ReadonlyMap<string, CheckpointTensor>;

/** All that a training needs to go on as if it had not stopped. */
export interface Checkpoint {
  readonly progress: Progress;
  /** The model's parameters as they are trained. */
  readonly model: CheckpointTensors;
  /** The parameters of the best evaluation, where there was one. */
  readonly best?: CheckpointTensors | undefined;
  /** The running mean of the weights, where it is kept. */
  readonly average?: CheckpointTensors | undefined;
  readonly optimizer: CheckpointTensors;
  /** The text of the model's config.json, where it has one. */
  readonly config?: string | undefined;
}

/** Where a training stands; plain data. */
export interface Progress {
  /** Of this description; another is refused. */
  readonly format: typeof CHECKPOINT_FORMAT;
  /** What makes it the same training: arguments, data, sizes. */
  readonly training: Readonly<Record<string, unknown>>;
  readonly step: number;
  /** Passes through the data that are complete. */
  readonly epoch: number;
  /** Batches of the next one that are done. */
  readonly batch: number;
  readonly examples: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly evaluationSeconds: number;
  readonly meanLoss: number | null;
  /** Losses since the last report, and of the last step. */
  readonly unreported: {
    readonly sum: number;
    readonly count: number;
    readonly learningRate: number;
    readonly gradientNorm: number;
  };
  readonly skippedSteps: number;
  readonly evaluatedStep: number;
  readonly worse: number;
  readonly best?: EvaluationReport | undefined;
  readonly evaluations: readonly EvaluationReport[];
  readonly random: { readonly seed: number; readonly draws: number };
}

export const CHECKPOINT_FORMAT = 2;

/** Where a training keeps its checkpoints. */
export interface CheckpointStore {
  /** Before the first step. @throws Error if checkpoints cannot be kept. */
  prepare?(): Promise<void>;
  /** The newest checkpoint, if there is one. */
  load(): Promise<Checkpoint | undefined>;
  /** Keeps a checkpoint; until it is all there, the one before stays. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Where the checkpoint after an update is, if that is a path. */
  directoryOf?(step: number): string;
  /** The mean of the model's parameters over the newest ones, all that are kept by default. */
  averageModel?(count?: number): Promise<CheckpointTensors>;
  /** Removes all of them. */
  clear(): Promise<void>;
}
