import type { Tokenizer } from '@chui/tokenizer';
import { z } from 'zod';
import type { AutoClass } from '../auto/auto_class.js';
import { parseConfig, positiveInteger } from '../config.js';
import type { Model } from '../model.js';
import { softmax as probabilitiesOf } from '../scores.js';
import { shown } from '../shown.js';
import type { TextModel } from './text_runner.js';

/** What every pipeline has beside being a function of texts. */
export interface PipelineBase<M = TextModel> {
  /** The task, by its main name. */
  readonly task: string;
  readonly model: M;
  readonly tokenizer: Tokenizer;
  /** Frees what was compiled, and the model, unless the caller gave it. */
  dispose(): void;
}

/** A task: the models that do it, the options of a call, and what it does with them. */
export interface TaskDefinition<M extends Model, S extends z.ZodObject> {
  readonly task: string;
  /** The models' classes. */
  readonly kinds: readonly (abstract new (
    ...args: never[]
  ) => M)[];
  /** Loads such a model. */
  readonly auto: AutoClass<M>;
  /** The options of a call, with their defaults. */
  readonly schema: S;
  /** The option that a call has as its second argument, before the others. */
  readonly second?: string;
  /** Makes the function, and what frees its compiled steps. */
  make(
    model: M,
    tokenizer: Tokenizer,
  ): {
    run(input: unknown, options: z.output<S>): Promise<unknown>;
    /** What the pipeline has besides being a function, of what checks options and adds those that it was made with. */
    members?(complete: (options: object) => z.output<S>): object;
    dispose(): void;
  };
}

/** Options that each task has. */
export const commonOptions = {
  /** Texts, or windows of long ones, that the model reads at once. Default 8. */
  batchSize: positiveInteger.default(8),
};

/** An option that is one of some words. */
export const choice = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `must be one of ${words.join(', ')}`);

/** An option that is true or false. */
export const flag = z.boolean('must be true or false');

/**
 * The options of a call: of what is given several times the last counts.
 *
 * @throws RangeError naming the task, the option, the rule and the value
 */
export function callOptions<S extends z.ZodObject>(
  task: string,
  schema: S,
  ...given: readonly (object | undefined)[]
): z.output<S> {
  const known = Object.keys(schema.shape);
  const entries = given.flatMap((options) => Object.entries(options ?? {}));
  for (const [name] of entries) {
    if (!known.includes(name)) {
      throw new RangeError(`${task}: an option must be one of ${known.join(', ')}, but is ${name}`);
    }
  }
  return parseConfig(schema, Object.fromEntries(entries.filter(([, value]) => value !== undefined)), task);
}

/** Checks a text, which may be empty. @throws RangeError if it is no text */
export function checkText(name: string, text: unknown): string {
  if (typeof text === 'string') return text;
  throw new RangeError(`${name} must be a text, but is ${shown(text)}`);
}

/** Checks a text that may not be empty. @throws RangeError if it is, or is no text */
export function checkFilledText(name: string, text: unknown): string {
  if (checkText(name, text) !== '') return text as string;
  throw new RangeError(`${name} must be a text of at least one character, but is empty`);
}

/** What a call is given, as a list, and what it gives: one result for one input, a list for a list. */
export async function oneOrMany<In, Out>(
  given: In | readonly In[],
  run: (inputs: readonly In[]) => Promise<Out[]>,
): Promise<Out | Out[]> {
  if (Array.isArray(given)) return run(given);
  return (await run([given as In]))[0]!;
}

/** Probabilities, as a list. */
export const softmax = (logits: ArrayLike<number>): number[] => Array.from(probabilitiesOf(logits));

/** Names of a model's classes by id. */
export const labelsOf = ({ config, numLabels }: TextModel): string[] =>
  Array.from({ length: numLabels }, (_, id) => config.id2label?.[id] ?? `LABEL_${id}`);
