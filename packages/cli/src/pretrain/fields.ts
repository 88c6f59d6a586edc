import { z } from 'zod';
import { modelField } from '../train/model_field.js';
import { trainingField } from '../train/training_field.js';
import { architectureNames } from './architectures.js';
import { objectives } from './encode_corpus.js';

const path = z.string().min(1);
const files = z.union([path, z.array(path).min(1)]);
const count = z.int().min(1);

const data = z.strictObject({
  train: files.describe(
    'Plain texts to learn from, relative to the recipe: UTF-8, a text a line, empty lines between documents.',
  ),
  eval: files.optional().describe('Texts of the same kind, by which the best model is chosen.'),
  evalShare: z
    .number()
    .positive()
    .max(0.5)
    .default(0.05)
    .describe('Share of the texts that is held out where there is no eval.'),
});

const tokenizer = z.union([
  z.strictObject({
    path: path.describe('A directory with a tokenizer, a file in one, a URL, or the id of a repository.'),
  }),
  z.strictObject({
    vocabSize: count.default(8000).describe('Most tokens.'),
    minFrequency: count.default(2).describe('How often two tokens must be side by side to become one.'),
    limitAlphabet: count
      .default(6000)
      .describe('Of WordPiece: most characters that are tokens; words with others are unknown.'),
    lowercase: z
      .boolean()
      .default(false)
      .describe('Of WordPiece: whether case does not count; accents always do.'),
  }),
]);

/** The keys of a recipe that trains an encoder from nothing. */
export const pretrainingFields = {
  architecture: z.enum(architectureNames).default('bert'),
  objective: z
    .enum(objectives)
    .default('masked-lm')
    .describe('What is to be guessed: hidden tokens; or also, of BERT, whether two spans follow each other.'),
  data,
  tokenizer: tokenizer
    .prefault({})
    .describe('A vocabulary to train on the texts: WordPiece, or bytes for RoBERTa; or one that there is.'),
  model: modelField,
  maxLength: z
    .int()
    .min(8)
    .multipleOf(8)
    .default(128)
    .describe('Tokens of an example, special ones included; the model has positions for no more.'),
  probability: z
    .number()
    .positive()
    .lt(1)
    .default(0.15)
    .describe('Share of the tokens that are to be guessed.'),
  wholeWords: z.boolean().default(false).describe('Whether all tokens of a word are to be guessed together.'),
  training: trainingField(
    {
      ...{ epochs: 10, batchSize: 32, learningRate: 5e-4, warmupRatio: 0.06 },
      ...{ weightDecay: 0.01, excludeFromWeightDecay: true, maxGradNorm: 1 },
    },
    [
      ['maxSteps', 'epochs'],
      ['warmupSteps', 'warmupRatio'],
      ['maxTokens', 'batchSize'],
    ],
  ),
};

/** What `pretrainingFields` say. */
export type PretrainingRecipe = z.output<z.ZodObject<typeof pretrainingFields>>;
