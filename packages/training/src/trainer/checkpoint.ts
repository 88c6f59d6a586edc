import type { EvaluationReport } from './callback.js';

/** All that a training needs to go on as if it had not stopped. */
export interface Checkpoint {
  readonly progress: Progress;
  /** Float32, by name: the model's variables, their best values so far, the optimizer's state. */
  readonly tensors: ReadonlyMap<string, { readonly shape: number[]; readonly values: Float32Array }>;
}

/** Where a training stands; plain data. */
export interface Progress {
  /** What makes it the same training: arguments, data, sizes. */
  readonly training: Readonly<Record<string, unknown>>;
  readonly step: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly evaluationSeconds: number;
  readonly meanLoss: number | null;
  readonly evaluatedStep: number;
  readonly worse: number;
  readonly best?: EvaluationReport | undefined;
  readonly evaluations: readonly EvaluationReport[];
  readonly random: { readonly seed: number; readonly draws: number };
}

/** Where a training keeps its last checkpoint. */
export interface CheckpointStore {
  /** The checkpoint, if there is one. */
  load(): Promise<Checkpoint | undefined>;
  /** Keeps a checkpoint in place of the last. */
  save(checkpoint: Checkpoint): Promise<void>;
  clear(): Promise<void>;
}

/** @throws Error if a checkpoint is that of another training, naming the first thing that differs. */
export function checkSameTraining(saved: Progress['training'], now: Progress['training']): void {
  for (const key of new Set([...Object.keys(saved), ...Object.keys(now)])) {
    const [before, after] = [saved[key], now[key]].map((value) => JSON.stringify(value));
    if (before !== after) {
      throw new Error(
        `the checkpoint must be of the same training, but its ${key} is ${before}, not ${after}`,
      );
    }
  }
}
