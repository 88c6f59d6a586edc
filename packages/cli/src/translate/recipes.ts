import {
  DATE_FORMS,
  type DateForm,
  datePairs,
  type PairSplits,
  readPairs,
  type TranslatorRecipe,
  tokenKindOf,
} from '@chui/training';
import type { TranslateJob } from './job.js';

/** The pairs that a job names, or dates. */
export async function pairsFor({ data, source, seed }: TranslateJob): Promise<PairSplits> {
  return data === undefined ? dates(seed) : readPairs(data, { source, seed });
}

/** The recipe for a job's pairs; what the job says goes before it. */
export function recipeFor(job: TranslateJob, { train }: PairSplits): TranslatorRecipe {
  const { kind, seed, epochs, width, layers, dropout, learningRate, seconds: maxSeconds } = job;
  const given = Object.fromEntries(
    Object.entries({ width, layers, dropout, learningRate, maxSeconds }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  if (job.data === undefined) {
    const { maxSteps, ...recipe } = dateRecipes[kind];
    const limit =
      epochs === undefined ? { maxSteps: maxSteps / (takesShortRecipe(job) ? SHORTER : 1) } : { epochs };
    return { ...recipe, ...limit, ...tokenKinds(job, 'character', 'character'), ...given, kind, seed };
  }
  const tokens = tokenKinds(
    job,
    tokenKindOf(train.map(({ source }) => source)),
    tokenKindOf(train.map(({ target }) => target)),
  );
  return { ...pairRecipe, ...(epochs && { epochs }), ...tokens, ...given, kind, seed };
}

/** How many times shorter than its recipe a training is off the native backend, where it would take most of an hour. */
export const SHORTER = 5;

/** Whether a job is so shortened: on dates, unless it says how long to train. */
export function takesShortRecipe({
  data,
  epochs,
  backend,
}: Pick<TranslateJob, 'data' | 'epochs' | 'backend'>): boolean {
  return data === undefined && epochs === undefined && backend !== 'native';
}

function tokenKinds({ tokens }: TranslateJob, source: 'character' | 'word', target: 'character' | 'word') {
  return tokens === 'auto'
    ? { sourceTokens: source, targetTokens: target }
    : { sourceTokens: tokens, targetTokens: tokens };
}

/**
 * Dates to learn from, in which the forms with an era (令和8年, R8) are drawn more often: the year that an era's year is has
 * to be learned by heart. In the dev and test dates every form is equally likely, and their days are in no training.
 */
function dates(seed: number): PairSplits {
  const eraForms = (Object.keys(DATE_FORMS) as DateForm[]).filter((form) => /^\{(era|E)\}/.test(form));
  return {
    train: [
      ...datePairs({ seed, count: 30_000, split: 'train' }),
      ...datePairs({ seed: seed + 1, count: 20_000, split: 'train', forms: eraForms }),
    ],
    dev: datePairs({ seed, count: 500, split: 'dev' }),
    test: datePairs({ seed, count: 1_000, split: 'test' }),
  };
}

type RecipeOptions = Omit<TranslatorRecipe, 'kind' | 'sourceTokens' | 'targetTokens'>;

const shared = { batchSize: 64, lengthMultiple: 4, schedule: 'cosine', evalSteps: 50 } as const;

/** Chosen on the dev dates: see docs/results/dates.md. */
const dateRecipes: Record<TranslateJob['kind'], RecipeOptions & { maxSteps: number }> = {
  rnn: { ...shared, width: 128, learningRate: 5e-3, warmupSteps: 30, maxSteps: 300 },
  attention: {
    ...shared,
    width: 128,
    inputFeeding: false,
    learningRate: 5e-3,
    warmupSteps: 30,
    maxSteps: 600,
  },
  transformer: {
    ...shared,
    width: 64,
    heads: 4,
    normFirst: false,
    batchSize: 32,
    learningRate: 4e-3,
    warmupSteps: 60,
    maxSteps: 2500,
    evalSteps: 100,
  },
};

/**
 * For pairs of sentences; training ends when the loss on the dev set has not fallen for two epochs. Words that stand only
 * once in the training texts are not in the vocabulary.
 */
const pairRecipe: RecipeOptions = {
  width: 192,
  dropout: 0.2,
  minFrequency: 2,
  batchSize: 64,
  lengthMultiple: 4,
  learningRate: 2e-3,
  schedule: 'inverseSqrt',
  warmupSteps: 400,
  epochs: 100,
  patience: 2,
};
