import {
  datePairs,
  headsFor,
  type PairSplits,
  readPairs,
  scoreTranslator,
  type TranslatorRecipe,
  tokenKindOf,
  trainTranslator,
} from '@chui/training';
import { z } from 'zod';
import { defineTask, type RecipePaths } from '../task.js';

const count = z.int().min(1);

const pairsSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'A file of lines source<TAB>target, or a directory of train, dev and test files; relative to the recipe.',
    ),
  source: z
    .string()
    .min(1)
    .optional()
    .describe('Which files of a directory hold the source: en for train.en.'),
  target: z.string().min(1).optional().describe('The other side, where there are more than two.'),
  seed: z
    .int()
    .optional()
    .describe('Decides what is split off where there is no dev or test; the seed of the recipe by default.'),
});

const datesSchema = z.strictObject({
  dates: z
    .strictObject({
      train: count.describe('Pairs to learn from.'),
      dev: count.default(500),
      test: count.default(500),
      seed: z.int().optional().describe('The seed of the recipe by default.'),
    })
    .describe('Dates as people write them, to be said as year-month-day.'),
});

const tokens = z.enum(['auto', 'character', 'word']).default('auto');

const shared = {
  width: z.int().min(2).multipleOf(2).default(128).describe('Width of every state and embedding.'),
  dropout: z.number().min(0).lt(1).default(0).describe('Share that is dropped in training.'),
  maxLength: z
    .int()
    .min(3)
    .default(64)
    .describe('Longest text in tokens, begin and end included; longer ones are cut for training.'),
};

const transformerSchema = z
  .strictObject({
    kind: z.literal('transformer'),
    ...shared,
    layers: count.default(2).describe('Blocks of the encoder, and of the decoder.'),
    heads: count.optional().describe('One for each 32 of the width by default.'),
    normFirst: z.boolean().default(true).describe('Whether to normalise before the parts, or after them.'),
  })
  .superRefine(({ width, heads = headsFor(width) }, context) => {
    if (width % heads === 0) return;
    const message = `must divide width, which is ${width}, but is ${heads}`;
    context.addIssue({ code: 'custom', path: ['heads'], message });
  });

export const modelSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rnn'), ...shared }),
  z.strictObject({
    kind: z.literal('attention'),
    ...shared,
    inputFeeding: z
      .boolean()
      .default(true)
      .describe('Whether the decoder reads what it attended to last; without it, training is faster.'),
  }),
  transformerSchema,
]);

const fields = {
  data: z.union([pairsSchema, datesSchema]).describe('Pairs of your own, or dates that are made.'),
  tokens: z
    .strictObject({
      source: tokens.describe('What sources are cut into; auto: words where the texts have spaces.'),
      target: tokens.describe('What targets are cut into.'),
      minFrequency: count
        .default(1)
        .describe('Times that a token must stand in the training texts to be in the vocabulary.'),
    })
    .prefault({}),
  model: modelSchema.describe('An RNN without attention, an RNN with attention, or a Transformer.'),
  beams: count.default(1).describe('Beams of the search on the dev and test texts.'),
};

/** Trains a translator, and scores it on texts that it never saw. */
export const translationTask = defineTask('translation', fields, async (recipe, paths) => {
  const { beams, seed } = recipe;
  const data = withSeed(recipe.data, seed);
  const pairs = await read(data, paths);
  const kindOf = (side: 'source' | 'target') => {
    const kind = recipe.tokens[side];
    return kind === 'auto' ? tokenKindOf(pairs.train.map((pair) => pair[side])) : kind;
  };
  const tokens = { ...recipe.tokens, source: kindOf('source'), target: kindOf('target') };
  const model =
    recipe.model.kind === 'transformer'
      ? { ...recipe.model, heads: recipe.model.heads ?? headsFor(recipe.model.width) }
      : recipe.model;
  return {
    recipe: {
      data: 'path' in data ? { ...data, path: paths.written(data.path) } : data,
      tokens,
      model,
      beams,
    },
    counts: { train: pairs.train.length, dev: pairs.dev.length, test: pairs.test.length },
    async train({ args, ...options }) {
      const whole: TranslatorRecipe = {
        ...args,
        ...model,
        sourceTokens: tokens.source,
        targetTokens: tokens.target,
        minFrequency: tokens.minFrequency,
      };
      const { pipeline, ...result } = await trainTranslator(pairs, whole, options);
      const score = async (split: 'dev' | 'test', signal: AbortSignal) => {
        const { outputs: _, ...scores } = await scoreTranslator(pipeline, pairs[split], {
          numBeams: beams,
          signal,
        });
        return { ...scores };
      };
      return {
        result,
        parameters: pipeline.model.countParameters(),
        score: async (signal) => ({ dev: await score('dev', signal), test: await score('test', signal) }),
        save: (directory) => pipeline.save(directory),
        dispose: () => pipeline.model.dispose(),
      };
    },
  };
});

type Data = z.output<typeof fields.data>;

function withSeed(data: Data, seed: number): Data {
  if ('path' in data) return { ...data, seed: data.seed ?? seed };
  return { dates: { ...data.dates, seed: data.dates.seed ?? seed } };
}

/** @throws Error naming the key of the recipe. */
async function read(data: Data, paths: RecipePaths): Promise<PairSplits> {
  try {
    if ('path' in data) {
      const { path, ...options } = data;
      return await readPairs(paths.resolve(path), options);
    }
    const { seed = 0, ...counts } = data.dates;
    const pairs = (split: 'train' | 'dev' | 'test') => datePairs({ seed, count: counts[split], split });
    return { train: pairs('train'), dev: pairs('dev'), test: pairs('test') };
  } catch (error) {
    const key = 'path' in data ? 'data.path' : 'data.dates';
    throw new Error(`${key}: ${error instanceof Error ? error.message : error}`);
  }
}
