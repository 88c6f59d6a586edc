import { openFiles } from '@chui/hub';
import { Tokenizer } from '@chui/tokenizer';
import { BaseEncoder } from '../encoder/heads/base_encoder.js';
import type { PretrainedOptions } from '../model.js';
import { shown } from '../shown.js';
import {
  type FeatureExtractionOptions,
  type FeatureExtractionPipeline,
  featureExtraction,
} from './feature_extraction.js';
import { type FillMaskOptions, type FillMaskPipeline, fillMask } from './fill_mask.js';
import { callOptions, type TaskDefinition } from './pipeline_task.js';
import {
  type QuestionAnsweringOptions,
  type QuestionAnsweringPipeline,
  questionAnswering,
} from './question_answering.js';
import {
  type TextClassificationOptions,
  type TextClassificationPipeline,
  textClassification,
} from './text_classification.js';
import {
  type TextGenerationOptions,
  type TextGenerationPipeline,
  textGeneration,
} from './text_generation.js';
import {
  type TokenClassificationOptions,
  type TokenClassificationPipeline,
  tokenClassification,
} from './token_classification.js';
import {
  type ZeroShotClassificationPipeline,
  type ZeroShotOptions,
  zeroShotClassification,
} from './zero_shot_classification.js';

/** Each task: its pipeline, and the options that its calls have unless they are given others. */
interface Tasks {
  'text-classification': [TextClassificationPipeline, Omit<TextClassificationOptions, 'topK'>];
  'sentiment-analysis': Tasks['text-classification'];
  'token-classification': [TokenClassificationPipeline, TokenClassificationOptions];
  ner: Tasks['token-classification'];
  'question-answering': [QuestionAnsweringPipeline, Omit<QuestionAnsweringOptions, 'topK'>];
  'fill-mask': [FillMaskPipeline, FillMaskOptions];
  'feature-extraction': [FeatureExtractionPipeline, FeatureExtractionOptions];
  'zero-shot-classification': [ZeroShotClassificationPipeline, ZeroShotOptions];
  'text-generation': [TextGenerationPipeline, TextGenerationOptions];
}

/** What a pipeline can be made for. */
export type PipelineTask = keyof Tasks;

/** The pipeline of a task. */
export type PipelineOf<T extends PipelineTask> = Tasks[T][0];

/** What a pipeline is made of, where the model is loaded already. */
export type PipelineParts<T extends PipelineTask> = Pick<PipelineOf<T>, 'model' | 'tokenizer'>;

/** Options of `pipeline`: how the model is loaded, and options of calls. */
export type PipelineOptions<T extends PipelineTask> = PretrainedOptions & Tasks[T][1];

// biome-ignore lint/suspicious/noExplicitAny: each has a model and options of its own
type AnyTask = TaskDefinition<any, any>;

const tasks: Record<PipelineTask, AnyTask> = {
  'text-classification': textClassification,
  'sentiment-analysis': textClassification,
  'token-classification': tokenClassification,
  ner: tokenClassification,
  'question-answering': questionAnswering,
  'fill-mask': fillMask,
  'feature-extraction': featureExtraction,
  'zero-shot-classification': zeroShotClassification,
  'text-generation': textGeneration,
};

/** The options that are for loading; the others are for calls. */
const loadKeys = {
  config: true,
  ignoreMismatchedSizes: true,
  seed: true,
  revision: true,
  endpoint: true,
  accessToken: true,
  cacheDir: true,
  localFilesOnly: true,
  onProgress: true,
  signal: true,
} satisfies Record<keyof PretrainedOptions, true>;

/**
 * A model with its tokenizer as a function of texts. It takes one input or a list, and gives one result or a list; options
 * after the inputs count more than those given here.
 *
 * Texts of like length are run together in batches, padded to few lengths, and each shape is compiled once.
 *
 * @param task what it is for; `sentiment-analysis` is `text-classification`, and `ner` `token-classification`
 * @param from a directory, a URL of one, the id of a repository, or `{ model, tokenizer }`
 * @throws RangeError naming the argument, the rule and the value; Error naming the file, the rule and what is there
 * @see the pipelines of Hugging Face's library, whose names, options and results these are, in camelCase
 * @example
 * const classify = await pipeline('sentiment-analysis', './sentiment');
 * await classify('A film to see twice.'); // => [{ label: 'POSITIVE', score: 0.99 }]
 */
export async function pipeline<T extends PipelineTask>(
  task: T,
  from: string | PipelineParts<T>,
  options: PipelineOptions<T> = {} as PipelineOptions<T>,
): Promise<PipelineOf<T>> {
  if (!Object.hasOwn(tasks, task)) {
    throw new RangeError(`task must be one of ${Object.keys(tasks).join(', ')}, but is ${shown(task)}`);
  }
  const definition = tasks[task];
  const entries = Object.entries(options);
  const isGiven = typeof from !== 'string';
  const forLoading = ([key]: [string, unknown]) => !isGiven && Object.hasOwn(loadKeys, key);
  const defaults = Object.fromEntries(entries.filter((entry) => !forLoading(entry)));
  callOptions(definition.task, definition.schema.partial(), defaults);
  const { model, tokenizer } = isGiven
    ? checkParts(definition, from)
    : await load(definition, from, Object.fromEntries(entries.filter(forLoading)));
  const disposeModel = () => {
    if (!isGiven) model.dispose();
  };
  try {
    const { run, members, dispose } = definition.make(model, tokenizer);
    const complete = (...given: (object | undefined)[]) =>
      callOptions(definition.task, definition.schema, defaults, ...given);
    const call = async (input: unknown, ...rest: (object | undefined)[]) => {
      const { second } = definition;
      const given = second && isSecond(rest[0]) ? [{ [second]: rest[0] }, rest[1]] : [rest[0]];
      return run(input, complete(...given));
    };
    return Object.assign(call, {
      ...{ task: definition.task, model, tokenizer },
      ...members?.(complete),
      dispose() {
        dispose();
        disposeModel();
      },
    }) as unknown as PipelineOf<T>;
  } catch (error) {
    disposeModel();
    throw error;
  }
}

const isSecond = (argument: unknown) => typeof argument === 'string' || Array.isArray(argument);

function checkParts({ task, kinds }: AnyTask, parts: PipelineParts<PipelineTask>) {
  const { model, tokenizer } = parts ?? {};
  if (!kinds.some((kind) => (model as unknown) instanceof kind)) {
    const found = (model as object | undefined)?.constructor.name ?? String(model);
    throw new RangeError(
      `model must be of the class ${kinds.map(({ name }) => name).join(' or ')} for ${task}, but is ${found}`,
    );
  }
  if (typeof tokenizer?.encode !== 'function') {
    throw new RangeError(`tokenizer must be a Tokenizer, but is ${shown(tokenizer)}`);
  }
  return { model, tokenizer };
}

/** Loads a model of the task's kind with its tokenizer. */
async function load(
  { task, auto }: AnyTask,
  name: string,
  { config, ignoreMismatchedSizes, seed, ...open }: PretrainedOptions,
) {
  const files = await openFiles(name, open);
  const tokenizer = await Tokenizer.fromFiles(files);
  const model = await auto.fromFiles(files, { config, ignoreMismatchedSizes, seed });
  // What a model without a head gives here has no use for its pooler.
  const needed = (parameter: string) => !(model instanceof BaseEncoder && parameter.startsWith('pooler.'));
  const random = model.newParameters.find(needed);
  if (random === undefined) return { model, tokenizer };
  const { architectures } = model.config;
  model.dispose();
  throw new RangeError(
    `${files.name} must have a model that is trained for ${task}, but is of ${architectures.join(', ') || 'another kind'}: it has no ${random}`,
  );
}
