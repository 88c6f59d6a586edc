import { saveFiles } from '@chui/hub';
import type { AutoClass, FamilyConfig, Model } from '@chui/models';
import {
  type DataCollator,
  type PlainTrainingArgs,
  type Predictions,
  type PredictionsOf,
  type TrainableModel,
  Trainer,
} from '@chui/training';
import { z } from 'zod';
import type { CommonRecipe } from '../train/common_recipe.js';
import { defineTask, type PreparedTask, type RecipePaths, type Task } from '../train/task.js';
import { trainingField } from '../train/training_field.js';
import { modelParts, withLayerRates } from './layer_rates.js';
import { layLora, loraField, mergeLora } from './lora.js';
import { type ModelSource, openModel, tokenizerFiles } from './model_source.js';

/** Scores by data set or part of it; `eval` are those of all, by which the best model may be chosen. */
export interface FineTuningScores {
  readonly eval: Readonly<Record<string, number>>;
  readonly [part: string]: Readonly<Record<string, unknown>>;
}

/** An encoder or a decoder, with or without a head. */
type FineTunedModel = Model<FamilyConfig>;

/** What a task makes of its data. */
export interface FineTuningData {
  /** The task's own part of the recipe, with what was left to the data. */
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly train: readonly object[];
  readonly eval: readonly object[];
  /** Rows by data set, where an example is not a row. */
  readonly counts?: Readonly<Record<string, number>>;
  /** What is worth knowing of the data, a line each. */
  readonly notes: readonly string[];
  /** What of the model's configuration the data decides. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly models: AutoClass<FineTunedModel>;
  /** What is trained; by default the model itself, which has a loss then. */
  readonly trained?: (model: FineTunedModel) => TrainableModel;
  readonly collator: (padding: { padTokenId: number }) => DataCollator<never>;
  readonly predictionsOf?: PredictionsOf;
  readonly scores: (predictions: Predictions) => FineTuningScores;
  /** Whether the perplexity of labels of tokens says something. */
  readonly hasPerplexity?: boolean;
  /** Instead of the recipe's. */
  readonly metricForBestModel?: string;
  /** Files of the model besides its own and those of its tokenizer. */
  readonly files?: (model: FineTunedModel) => Readonly<Record<string, string>>;
}

/** What a task knows when it reads its data. */
export interface FineTuningContext {
  readonly source: ModelSource;
  readonly paths: RecipePaths;
  /** Most tokens of an example: what the recipe says, or less where the model has no room for it. */
  readonly maxLength: number;
}

/** What a fine-tuning is by default, of any task. */
const DEFAULTS: PlainTrainingArgs = {
  epochs: 3,
  warmupRatio: 0.1,
  weightDecay: 0.01,
  excludeFromWeightDecay: true,
  maxGradNorm: 1,
};

const ALTERNATIVES = [
  ['maxSteps', 'epochs'],
  ['maxSeconds', 'epochs'],
  ['warmupSteps', 'warmupRatio'],
  ['maxTokens', 'batchSize'],
] as const;

function fineTuningFields(defaults: PlainTrainingArgs, maxLength: number) {
  return {
    model: z
      .string()
      .min(1)
      .describe('A directory, relative to the recipe, a URL of one, or the id of a repository.'),
    maxLength: z
      .int()
      .min(4)
      .default(maxLength)
      .describe('Most tokens of an example, special ones included; longer texts are cut, or become several.'),
    freezeLayers: z
      .int()
      .min(0)
      .optional()
      .describe('How many of the lowest layers stay as they are, and the embeddings with them.'),
    layerDecay: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe('Factor of the learning rate of each layer to that of the layer above, such as 0.9.'),
    lora: loraField,
    training: trainingField({ ...DEFAULTS, ...defaults }, ALTERNATIVES),
  };
}

type FineTuningFields = ReturnType<typeof fineTuningFields>;

/**
 * A task that trains a pretrained model further, with a new head where it has none for the task.
 *
 * @param name what `task` is in recipes
 * @param fields the task's own keys
 * @param defaults of the training's arguments, and of `maxLength`
 * @param next as of `Task`; by default the pipeline of the task's name
 */
export function defineFineTuning<const N extends string, F extends z.ZodRawShape>(
  name: N,
  fields: F,
  { maxLength, ...defaults }: PlainTrainingArgs & { maxLength: number },
  read: (
    recipe: CommonRecipe & z.output<z.ZodObject<F & FineTuningFields>>,
    context: FineTuningContext,
  ) => Promise<FineTuningData>,
  next = (model: string) => `pipeline('${name}', '${model}')`,
): Task {
  const all = { ...fineTuningFields(defaults, maxLength), ...fields };
  const task = defineTask(name, all, async (given, paths) => {
    const recipe = given as CommonRecipe & z.output<z.ZodObject<FineTuningFields>>;
    const source = await openModel(recipe.model, paths);
    const maxLength = Math.min(recipe.maxLength, source.longest);
    const data = await read(given as never, { source, paths, maxLength });
    return prepared(name, recipe, source, maxLength, data);
  });
  return { ...task, layout: 'model', next };
}

function prepared(
  name: string,
  recipe: CommonRecipe & z.output<z.ZodObject<FineTuningFields>>,
  source: ModelSource,
  maxLength: number,
  data: FineTuningData,
): PreparedTask {
  const { freezeLayers, layerDecay, lora, training, seed } = recipe;
  const ofWhole = Object.entries({ freezeLayers, layerDecay }).find(([, value]) => value !== undefined);
  if (lora && ofWhole) {
    throw new RangeError(`${ofWhole[0]} must be left out where lora is given, but is ${ofWhole[1]}`);
  }
  const { metricForBestModel = training.metricForBestModel } = data;
  const room = maxLength < recipe.maxLength ? [`the model has room for ${maxLength} tokens`] : [];
  return {
    recipe: { model: source.written, maxLength, freezeLayers, layerDecay, lora, ...data.recipe },
    training: { ...training, ...(metricForBestModel !== undefined && { metricForBestModel }) },
    counts: data.counts ?? { train: data.train.length, eval: data.eval.length },
    notes: [...room, ...data.notes],
    async train({ args, ...options }) {
      const model = await load(source, data, seed);
      if (model.newParameters.length > 0) {
        process.stderr.write(
          `${name}: random at first, as the model has none: ${model.newParameters.join(', ')}\n`,
        );
      }
      const adapter = lora && layLora(model, lora, seed);
      const names = model.namedParameters().map(([parameter]) => parameter);
      const trainer = new Trainer<object>({
        model: data.trained?.(model) ?? (model as Model as unknown as TrainableModel),
        args: withLayerRates(args, names, { freezeLayers, layerDecay }),
        trainDataset: data.train,
        evalDataset: data.eval,
        dataCollator: data.collator({ padTokenId: model.config.padTokenId ?? 0 }) as DataCollator<object>,
        predictionsOf: data.predictionsOf,
        computeMetrics: (predictions) => data.scores(predictions).eval,
        ...options,
      });
      const result = await trainer.train();
      return {
        result,
        parameters: model.countParameters(),
        async score() {
          const { loss, metrics, ...predictions } = await trainer.predict(data.eval);
          const { perplexity } = metrics;
          const { eval: scores, ...parts } = data.scores(predictions);
          return { eval: { loss, ...(data.hasPerplexity && { perplexity }), ...scores }, ...parts };
        },
        async save(directory) {
          if (adapter) await mergeLora(adapter, directory);
          const others = data.files?.(model);
          const files = { ...(await tokenizerFiles(source)), ...others, ...(await model.toFiles()) };
          await saveFiles(directory, files);
        },
        dispose: () => model.dispose(),
      };
    },
  };
}

/** @throws Error naming the file if the checkpoint lacks a part of the model below its head. */
async function load(
  { files, padTokenId }: ModelSource,
  data: FineTuningData,
  seed: number,
): Promise<FineTunedModel> {
  const config = { ...data.config, ...(padTokenId !== undefined && { padTokenId }) };
  const options = { config, seed, ignoreMismatchedSizes: true };
  const model = await data.models.fromFiles(files, options);
  const { embeddings, layers } = modelParts(model.newParameters);
  const [lacking] = [...embeddings, ...layers];
  if (lacking === undefined) return model;
  model.dispose();
  throw new Error(`${files.name} must have the weights of ${lacking} in the model's shapes, but has not`);
}
