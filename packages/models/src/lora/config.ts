import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';

const names = z.union([z.string(), z.array(z.string())], 'must be a text or a list of texts');
const perModule = <V extends z.ZodType>(value: V) => z.record(z.string(), value).default({});
const alpha = z.number('must be a number');

/** What of an adapter is a setting: the keys of PEFT's adapter_config.json that are supported, in camelCase. */
export const loraSchema = z.strictObject({
  /** Rank r of A and B. */
  r: positiveInteger.default(8),
  /** α; what A and B give is multiplied by α / r. */
  loraAlpha: alpha.default(8),
  /** Share of the input of A that is dropped in training. */
  loraDropout: rate.default(0),
  /**
   * Which linear layers are adapted, by their modules' names in checkpoints: a list of names or of their ends, such as
   * `query`; a regular expression of whole names; or `all-linear`, which is all but the logits of tokens.
   */
  targetModules: names,
  /** What of these is left out: a list of names or ends of them, or a regular expression. */
  excludeModules: names.optional(),
  /** Which layers of the list are adapted, by their numbers; all by default. */
  layersToTransform: z.union([z.int(), z.array(z.int())], 'must be a number or a list of numbers').optional(),
  /** The name, or names, before a layer's number; any by default. */
  layersPattern: names.optional(),
  /** Modules that are trained themselves, and saved with the adapter: ends of names, such as `classifier`. */
  modulesToSave: z.array(z.string(), 'must be a list of texts').default([]),
  /** Whether the factor is α / √r: Kalajdzievski (2023), https://arxiv.org/abs/2312.03732 */
  useRslora: z.boolean('must be true or false').default(false),
  /** Other ranks, by regular expressions of the ends of names. */
  rankPattern: perModule(positiveInteger),
  /** Other values of α, by regular expressions of the ends of names. */
  alphaPattern: perModule(alpha),
  /** Whether PEFT's base model has its kernels as (I, O); nothing here depends on it. */
  fanInFanOut: z.boolean('must be true or false').default(false),
  /** PEFT's name of the task. `SEQ_CLS` and `TOKEN_CLS` add `classifier` and `score` to `modulesToSave`, `QUESTION_ANS` `qa_outputs`. */
  taskType: z.string('must be a text').optional(),
  /** What `AutoPeftModel` of PEFT loads the base model by. */
  baseModelNameOrPath: z.string('must be a text').optional(),
});

/** Settings of an adapter, as they are used. */
export type LoraConfig = Readonly<z.output<typeof loraSchema>>;

/** What `applyLora` takes: see `loraSchema`'s keys, of which only `targetModules` has no default. */
export interface LoraOptions extends z.input<typeof loraSchema> {
  /** Makes A's first values repeat. */
  seed?: number | undefined;
}

const heads: Readonly<Record<string, readonly string[]>> = {
  SEQ_CLS: ['classifier', 'score'],
  TOKEN_CLS: ['classifier', 'score'],
  QUESTION_ANS: ['qa_outputs'],
};

/** The heads that a task has, as PEFT knows them. */
export const headsOf = (taskType: string | undefined): readonly string[] => heads[taskType ?? ''] ?? [];
