import { z } from 'zod';
import { type BatchOptions, checkLimits } from '../data/batch_options.js';
import { checkArgs, optimizerNames, scheduleOf, type TrainingArgs } from '../trainer/args.js';

/** Not in the schema: a signal is no data, and a seed is that of all parts of a recipe. */
type Left = 'signal' | 'seed';

type Plain<T> = T extends (...args: never[]) => unknown ? never : T;

/** The arguments that can stand in a JSON file. */
export type PlainTrainingArgs = {
  readonly [K in keyof TrainingArgs as K extends Left ? never : K]: Plain<TrainingArgs[K]>;
};

const count = z.int().min(1);
const positive = z.number().positive();
const share = z.number().min(0).lt(1);

/** Each argument alone; the type checks that none is missing, and a test that each takes all that the arguments take. */
export const trainingArgsShape = {
  epochs: positive.optional().describe('Passes through the data; may be a fraction.'),
  maxSteps: count.optional().describe('Updates.'),
  maxSeconds: positive.optional().describe('Wall time. A training that it ends is not repeatable.'),
  batchSize: count.optional().describe('Examples that are computed at once, 32 by default.'),
  evalBatchSize: count
    .optional()
    .describe(
      'Examples that are computed at once in evaluations; those of batchSize or maxTokens by default.',
    ),
  maxTokens: count
    .optional()
    .describe('Instead of batchSize: most tokens that are computed at once, padding included.'),
  gradientAccumulationSteps: count
    .optional()
    .describe('Batches of an update, 1 by default: their gradients are added up as if they were one batch.'),
  lengthMultiple: count.optional().describe('Lengths are padded to multiples of this, 8 by default.'),
  lengths: z
    .array(count)
    .min(1)
    .readonly()
    .optional()
    .describe('Instead of lengthMultiple: lengths are padded to the next of these.'),
  groupByLength: z
    .boolean()
    .optional()
    .describe('Whether batches are made of examples of like length, as by default.'),
  dropLast: z
    .boolean()
    .optional()
    .describe('Leaves the examples out of an epoch that would make a smaller batch; false by default.'),
  shuffleBuffer: count
    .optional()
    .describe('Of a stream: how many examples are shuffled at a time, 10,000 by default.'),
  optimizer: z.enum(optimizerNames).optional().describe('adamW by default.'),
  beta1: share.optional().describe('Of AdamW, Adam and Lion: the first decay, 0.9 by default.'),
  beta2: share
    .optional()
    .describe('Of AdamW, Adam and Lion: the second decay, 0.999 and for Lion 0.99 by default.'),
  epsilon: positive.optional().describe('Of AdamW and Adam, 1e-8 by default.'),
  momentum: share.optional().describe('Of SGD, 0 by default.'),
  learningRate: z.number().min(0).optional().describe('The highest one, 0.001 by default.'),
  learningRates: z
    .record(z.string(), z.number().min(0))
    .readonly()
    .optional()
    .describe(
      'Factors of the learning rate by names of parameters, such as encoder_0 or *.bias; the first that fits counts.',
    ),
  freeze: z
    .array(z.string())
    .readonly()
    .optional()
    .describe('Names of parameters that stay as they are, as in learningRates.'),
  schedule: z
    .enum(['linear', 'cosine', 'constant', 'inverseSqrt'])
    .optional()
    .describe('Of the learning rate, linear by default.'),
  minLearningRate: z
    .number()
    .min(0)
    .optional()
    .describe('Where linear and cosine end, below learningRate; 0 by default.'),
  warmupSteps: z
    .int()
    .min(0)
    .optional()
    .describe('Updates in which the learning rate grows from 0, 0 by default.'),
  warmupRatio: share
    .optional()
    .describe('Instead of warmupSteps: share of all updates, rounded up to whole ones.'),
  maxGradNorm: z
    .union([positive, z.literal('Infinity').transform(() => Number.POSITIVE_INFINITY)])
    .optional()
    .describe('Gradients, all together, are scaled down to this norm, 1 by default; "Infinity" leaves them.'),
  weightDecay: z.number().min(0).optional().describe('Decoupled, as in AdamW, 0 by default.'),
  excludeFromWeightDecay: z
    .union([z.boolean(), z.array(z.string()).readonly()])
    .optional()
    .describe('What does not decay: names of parameters, or true for biases and norms.'),
  labelSmoothing: share
    .optional()
    .describe('Share of the target probability that is spread over the classes, 0 by default.'),
  ema: share
    .optional()
    .describe('Decay of a running mean of the weights, such as 0.999, which is then used.'),
  precision: z
    .enum(['float32', 'bfloat16'])
    .optional()
    .describe('What steps are computed in, float32 by default.'),
  gradientCheckpointing: z
    .boolean()
    .optional()
    .describe(
      'Whether blocks are computed again for their gradients, which takes less memory and more time.',
    ),
  nonFinite: z
    .enum(['stop', 'skip'])
    .optional()
    .describe('What a loss or gradients that are not finite do to the training; stop by default.'),
  evalSteps: count.optional().describe('Updates between evaluations.'),
  evalEpochs: count
    .optional()
    .describe('Instead of evalSteps: passes through the data between evaluations, 1 by default.'),
  metricForBestModel: z
    .string()
    .min(1)
    .optional()
    .describe('Which metric of an evaluation says what is best, loss by default.'),
  greaterIsBetter: z
    .boolean()
    .optional()
    .describe('Whether more of that metric is better: by default for all but loss and perplexity.'),
  patience: count
    .optional()
    .describe('Evaluations in a row without a better one after which training stops.'),
  saveSteps: count
    .optional()
    .describe('Updates between checkpoints; by default there is one about every half minute.'),
  logSteps: count.optional().describe('Updates between reports, 10 by default.'),
} satisfies { readonly [K in keyof PlainTrainingArgs]-?: z.ZodType<PlainTrainingArgs[K]> };

/**
 * Training arguments as JSON has them, all but the seed: functions are left out, and an infinite maxGradNorm is the text
 * `Infinity`. Parsing gives `TrainingArgs` with their defaults, and refuses unknown keys and what `Trainer` would refuse.
 *
 * @example
 * trainingArgsSchema.parse({ epochs: 3, schedule: 'cosine' }).batchSize; // => 32
 */
export const trainingArgsSchema = z.strictObject(trainingArgsShape).transform((args, context) => {
  try {
    return withDefaults(args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const [, key, rule] = /^(\w+) (.*)$/s.exec(error.message)!;
    const isKey = key! in trainingArgsShape;
    context.addIssue({
      code: 'custom',
      path: isKey ? [key!] : [],
      message: isKey ? rule! : error.message,
    });
    return z.NEVER;
  }
});

function withDefaults(args: PlainTrainingArgs): PlainTrainingArgs {
  const { seed: _, signal: __, ...checked } = checkArgs(args);
  const { epochs, maxSteps = epochs === undefined ? Infinity : Number.MAX_SAFE_INTEGER } = args;
  scheduleOf(args, maxSteps);
  checkLimits(args as BatchOptions<never>);
  if (args.lengths && args.lengthMultiple !== undefined) {
    throw new RangeError('lengthMultiple and lengths must not both be given');
  }
  return {
    ...(checked as PlainTrainingArgs),
    ...(args.maxTokens === undefined && batchSizes(args)),
    ...(args.lengths === undefined && { lengthMultiple: args.lengthMultiple ?? 8 }),
    groupByLength: args.groupByLength ?? true,
    dropLast: args.dropLast ?? false,
    schedule: args.schedule ?? 'linear',
    ...(args.warmupRatio === undefined && { warmupSteps: args.warmupSteps ?? 0 }),
    ...optimizerDefaults[checked.optimizer](args),
  };
}

function batchSizes({ batchSize = 32, evalBatchSize = batchSize }: PlainTrainingArgs): PlainTrainingArgs {
  return { batchSize, evalBatchSize };
}

/** What each optimizer has where nothing is said. */
const optimizerDefaults: Record<
  (typeof optimizerNames)[number],
  (args: PlainTrainingArgs) => PlainTrainingArgs
> = {
  adamW: adamDefaults,
  adam: adamDefaults,
  lion: ({ beta1 = 0.9, beta2 = 0.99 }) => ({ beta1, beta2 }),
  sgd: ({ momentum = 0 }) => ({ momentum }),
  adafactor: () => ({}),
};

function adamDefaults({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: PlainTrainingArgs): PlainTrainingArgs {
  return { beta1, beta2, epsilon };
}
