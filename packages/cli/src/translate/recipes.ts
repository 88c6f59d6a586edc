import { datePairs, type PairSplits, readPairs, type TranslatorRecipe, tokenKindOf } from '@chui/training';
import type { TranslateJob } from './job.js';

/** Pairs of a comparison, and what its models are made of. */
export interface TranslationTask {
  pairs: PairSplits;
  recipe: TranslatorRecipe;
}

/** The pairs that a job names, or dates, with the recipe for them; what the job says goes before the recipe. */
export async function translationTask(job: TranslateJob): Promise<TranslationTask> {
  const { kind, seed, epochs, width, layers, dropout, learningRate, seconds: maxSeconds } = job;
  const given = Object.fromEntries(
    Object.entries({ width, layers, dropout, learningRate, maxSeconds }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  if (job.data === undefined) {
    const { maxSteps, ...recipe } = dateRecipes[kind];
    const limit = epochs === undefined ? { maxSteps } : { epochs };
    const tokens = tokenKinds(job, 'character', 'character');
    return { pairs: dates(seed), recipe: { ...recipe, ...limit, ...tokens, ...given, kind, seed } };
  }
  const pairs = await readPairs(job.data, { source: job.source, seed });
  const tokens = tokenKinds(
    job,
    tokenKindOf(pairs.train.map(({ source }) => source)),
    tokenKindOf(pairs.train.map(({ target }) => target)),
  );
  return { pairs, recipe: { ...pairRecipe, ...(epochs && { epochs }), ...tokens, ...given, kind, seed } };
}

function tokenKinds({ tokens }: TranslateJob, source: 'character' | 'word', target: 'character' | 'word') {
  return tokens === 'auto'
    ? { sourceTokens: source, targetTokens: target }
    : { sourceTokens: tokens, targetTokens: tokens };
}

function dates(seed: number): PairSplits {
  return {
    train: datePairs({ seed, count: 50_000, split: 'train' }),
    dev: datePairs({ seed, count: 500, split: 'dev' }),
    test: datePairs({ seed, count: 1_000, split: 'test' }),
  };
}

/** Chosen on the dev dates: see docs/results/dates.md. */
const dateRecipes: Record<
  TranslateJob['kind'],
  Omit<TranslatorRecipe, 'kind' | 'sourceTokens' | 'targetTokens'>
> = {
  rnn: { width: 128, batchSize: 64, learningRate: 4e-3, schedule: 'cosine', warmupSteps: 30, maxSteps: 500 },
  attention: {
    width: 128,
    batchSize: 64,
    learningRate: 4e-3,
    schedule: 'cosine',
    warmupSteps: 30,
    maxSteps: 800,
  },
  transformer: {
    width: 128,
    batchSize: 64,
    learningRate: 3e-3,
    schedule: 'cosine',
    warmupSteps: 50,
    maxSteps: 900,
  },
};

/** For pairs of sentences; training ends when the loss on the dev set has not fallen for three epochs. */
const pairRecipe: Omit<TranslatorRecipe, 'kind' | 'sourceTokens' | 'targetTokens'> = {
  width: 256,
  dropout: 0.2,
  batchSize: 64,
  learningRate: 1e-3,
  schedule: 'inverseSqrt',
  warmupSteps: 100,
  epochs: 40,
  patience: 3,
};
