import type { PlainTrainingArgs, TrainerOptions, TrainingArgs, TrainResult } from '@chui/training';
import { z } from 'zod';
import { type CommonRecipe, commonFields } from './common_recipe.js';
import type { RunLayout } from './run_layout.js';

/** A recipe of any task: what they all have. */
export type AnyRecipe = CommonRecipe & { readonly task: string };

/** Turns the paths of a recipe into those of this process, and into those of the recipe that is written. */
export interface RecipePaths {
  resolve(path: string): string;
  written(path: string): string;
}

/** How a training runs. */
interface TaskOptions extends Pick<TrainerOptions<never>, 'callbacks' | 'checkpoints'> {
  /** With seed and signal. */
  readonly args: TrainingArgs;
}

/** A model that was trained. */
interface TrainedTask {
  readonly result: TrainResult;
  /** Numbers in the model. */
  readonly parameters: number;
  /** By data set, such as dev and test: `{ test: { bleu: 31.2 } }`. */
  score(signal: AbortSignal): Promise<Readonly<Record<string, Readonly<Record<string, unknown>>>>>;
  /** Writes what the task's pipeline loads. */
  save(directory: string): Promise<void>;
  dispose(): void;
}

/** A task whose data is read. */
export interface PreparedTask {
  /** The task's own part of the recipe, with what was left to the data, and paths as they are written. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** Examples by data set. */
  readonly counts: Readonly<Record<string, number>>;
  /** The training's arguments, where the data decided one. */
  readonly training?: PlainTrainingArgs;
  /** What is worth knowing of the data, a line each. */
  readonly notes?: readonly string[];
  train(options: TaskOptions): Promise<TrainedTask>;
}

/** Something that recipes can train. */
export interface Task {
  /** How a run's directory is laid out, `run` by default. */
  readonly layout?: RunLayout;
  readonly schema: z.core.$ZodTypeDiscriminable & z.ZodType<AnyRecipe>;
  /** What to do with the model next, in one line of a shell or of TypeScript, by its directory. */
  readonly next?: (model: string) => string;
  /** Reads the data, and writes nothing. */
  prepare(recipe: AnyRecipe, paths: RecipePaths): Promise<PreparedTask>;
}

/**
 * @param name what `task` is in recipes
 * @param fields the task's own keys, and those of all tasks that it has others of
 */
export function defineTask<const N extends string, F extends z.ZodRawShape>(
  name: N,
  fields: F,
  prepare: (recipe: CommonRecipe & z.output<z.ZodObject<F>>, paths: RecipePaths) => Promise<PreparedTask>,
): Task {
  // Its own keys come first, and stand in for those of all tasks.
  const schema = z.strictObject({ task: z.literal(name), ...fields, ...commonFields, ...fields });
  return { schema: schema as unknown as Task['schema'], prepare: prepare as unknown as Task['prepare'] };
}
