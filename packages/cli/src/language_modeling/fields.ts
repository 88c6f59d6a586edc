import type { PlainTrainingArgs } from '@chui/training';
import { z } from 'zod';
import { column } from '../finetune/data_fields.js';
import { modelField } from '../train/model_field.js';
import { trainingField } from '../train/training_field.js';
import { architectureNames } from './architectures.js';

const path = z.string().min(1);
const files = z.union([path, z.array(path).min(1)]);
const count = z.int().min(1);

const data = z.strictObject({
  train: files.describe(
    'Texts to learn from, relative to the recipe: plain UTF-8, or rows of .jsonl, .tsv, .csv or .parquet, a document each.',
  ),
  eval: files.optional().describe('Texts of the same kind, by which the best model is chosen.'),
  test: files.optional().describe('Texts that the trained model is scored on, and that decide nothing.'),
  evalShare: z
    .number()
    .positive()
    .max(0.5)
    .default(0.1)
    .describe('Share of the texts that is held out where there is no eval.'),
  text: column.optional().describe('Of rows: the column of the texts, text by default.'),
  separator: z
    .string()
    .min(1)
    .default('<|endoftext|>')
    .describe('What parts the documents of a plain file, with the ends of lines around it.'),
});

const tokenizer = z.union([
  z.strictObject({
    path: path.describe('A directory with a tokenizer, a file in one, a URL, or the id of a repository.'),
  }),
  z.strictObject({
    kind: z
      .enum(['bytes', 'characters'])
      .default('bytes')
      .describe('What tokens are made of: bytes, by byte pair encoding as GPT-2; or each character is one.'),
    vocabSize: count.default(8000).describe('Most tokens.'),
    minFrequency: count
      .optional()
      .describe('How often a pair, 2 by default, or a character, 1, must be there to be a token.'),
  }),
]);

const samples = z.strictObject({
  prompts: z
    .array(z.string())
    .optional()
    .describe('What they go on with; by default the beginning of the held-out texts.'),
  tokens: z.int().min(0).default(100).describe('Most tokens to make; 0 makes none.'),
  temperature: z.number().positive().default(0.8).describe('Below 1 likely tokens become likelier.'),
});

/** As GPT-3's and their like; the least rate is a tenth of the highest one. */
const defaults = ({ learningRate = 1e-3, schedule = 'cosine' }: PlainTrainingArgs): PlainTrainingArgs => ({
  ...{ epochs: 10, batchSize: 32, learningRate, schedule, warmupRatio: 0.05 },
  ...(['cosine', 'linear'].includes(schedule) && { minLearningRate: learningRate / 10 }),
  ...{ beta2: 0.95, weightDecay: 0.1, excludeFromWeightDecay: true, maxGradNorm: 1 },
});

/** The keys of a recipe that trains a language model from nothing. */
export const languageModelingFields = {
  architecture: z.enum(architectureNames).default('gpt2'),
  data,
  tokenizer: tokenizer.prefault({}).describe('A vocabulary to make of the texts, or one that there is.'),
  model: modelField,
  config: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Further keys of the model, in camelCase, such as numKeyValueHeads.'),
  context: count.default(256).describe('Tokens of a window; the model has positions for so many.'),
  windows: z
    .enum(['packed', 'random'])
    .default('packed')
    .describe(
      'Whether windows are cut so that each token is learned once a pass, or begin at random tokens.',
    ),
  documentMasks: z
    .boolean()
    .default(false)
    .describe('Whether tokens see those of their own document only, where a window has several.'),
  evalStride: z
    .int()
    .min(0)
    .default(0)
    .describe('Tokens that windows of the held-out texts share, so that each has some before it.'),
  samples: samples.prefault({}).describe('Texts to write at each evaluation.'),
  training: trainingField(defaults, [
    ['maxSteps', 'epochs'],
    ['warmupSteps', 'warmupRatio'],
  ]),
};

/** What `languageModelingFields` say. */
export type LanguageModelingRecipe = z.output<z.ZodObject<typeof languageModelingFields>>;
