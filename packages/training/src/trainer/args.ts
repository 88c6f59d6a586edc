import { above0, from0, oneOf, positiveInteger } from '../checks.js';
import { constantSchedule } from '../schedules/constant_schedule.js';
import { cosineSchedule } from '../schedules/cosine_schedule.js';
import { inverseSqrtSchedule } from '../schedules/inverse_sqrt_schedule.js';
import { linearSchedule } from '../schedules/linear_schedule.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkKnown } from './known_args.js';

/** Schedules that need to know their end. */
const decays = { linear: linearSchedule, cosine: cosineSchedule };

/** Names of the optimizers that arguments can name. */
export const optimizerNames = ['adamW', 'adam', 'sgd', 'lion', 'adafactor'] as const;

/** How to train. One of epochs, maxSteps and maxSeconds must be given; of several, the first that is reached ends it. */
export interface TrainingArgs {
  /** Passes through the data; may be a fraction. */
  readonly epochs?: number | undefined;
  /** Updates. */
  readonly maxSteps?: number | undefined;
  /** Wall time, evaluations included; the step that reaches it is the last. */
  readonly maxSeconds?: number | undefined;
  /** Examples that are computed at once, 32 by default. */
  readonly batchSize?: number | undefined;
  /** Examples that are computed at once in evaluations and predictions; those of batchSize or maxTokens by default. */
  readonly evalBatchSize?: number | undefined;
  /** Instead of batchSize: most tokens that are computed at once, padding included. */
  readonly maxTokens?: number | undefined;
  /** Batches of an update, 1 by default: their gradients are added up as if they were one batch. */
  readonly gradientAccumulationSteps?: number | undefined;
  /** Lengths are padded to multiples of this, 8 by default; see `Batches`. */
  readonly lengthMultiple?: number | undefined;
  /** Instead of lengthMultiple: lengths are padded to the next of these. */
  readonly lengths?: readonly number[] | undefined;
  /** Whether batches are made of examples of like length, as by default. */
  readonly groupByLength?: boolean | undefined;
  /** Leaves the examples out of an epoch, drawn anew each time, that would make a smaller batch; false by default. */
  readonly dropLast?: boolean | undefined;
  /** Of a data set that is read as a stream: how many examples are shuffled at a time, 10,000 by default. */
  readonly shuffleBuffer?: number | undefined;
  /** Who turns gradients into updates, `adamW` by default. */
  readonly optimizer?: (typeof optimizerNames)[number] | undefined;
  /** Of AdamW and Lion, the first decay, the optimizer's own by default. */
  readonly beta1?: number | undefined;
  /** Of AdamW and Lion, the second decay, the optimizer's own by default. */
  readonly beta2?: number | undefined;
  /** Of AdamW, 1e-8 by default. */
  readonly epsilon?: number | undefined;
  /** Of SGD, 0 by default. */
  readonly momentum?: number | undefined;
  /** Highest learning rate, 0.001 by default. */
  readonly learningRate?: number | undefined;
  /**
   * Factors of the learning rate by names of parameters: the first that fits counts, others have 1. A name stands for what
   * is under it too, as `encoder_0` for `encoder_0.norm.gamma`; `*` stands for anything. Or a function of the name.
   */
  readonly learningRates?: Readonly<Record<string, number>> | ((name: string) => number) | undefined;
  /** Names of parameters that stay as they are, as in learningRates; or a function of the name. */
  readonly freeze?: readonly string[] | ((name: string) => boolean) | undefined;
  /**
   * `linear` by default, which like `cosine` needs to know its end: epochs or maxSteps. A function is any other, as
   * `polynomialSchedule` makes.
   */
  readonly schedule?: 'constant' | 'inverseSqrt' | keyof typeof decays | Schedule | undefined;
  /** Learning rate at which `linear` and `cosine` end, below learningRate; 0 by default. */
  readonly minLearningRate?: number | undefined;
  /** Updates in which the learning rate grows from 0, 0 by default. Not for a schedule that is a function. */
  readonly warmupSteps?: number | undefined;
  /** Instead of warmupSteps: share of all updates, rounded up to whole ones. These must be known: see `schedule`. */
  readonly warmupRatio?: number | undefined;
  /** Gradients, all together, are scaled down to this norm, 1 by default; Infinity leaves them. */
  readonly maxGradNorm?: number | undefined;
  /** Decoupled, as in AdamW, 0 by default. */
  readonly weightDecay?: number | undefined;
  /**
   * What does not decay: names of parameters as in learningRates, a function of the name, or `true` for biases and norms,
   * which are the parameters of one axis at most. Default: everything decays.
   */
  readonly excludeFromWeightDecay?: boolean | readonly string[] | ((name: string) => boolean) | undefined;
  /** Share of the target probability that is spread over the classes, 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /**
   * Keeps a running mean of the weights, w̄ ← d w̄ + (1 − d) w after each update, with this d, such as 0.999: it is what
   * is evaluated, and what the model has at the end.
   */
  readonly ema?: number | undefined;
  /** Keeps no intermediate results of a model's blocks for the gradient, but computes them again; false by default. */
  readonly gradientCheckpointing?: boolean | undefined;
  /** `bfloat16` computes steps in it where the backend can; see `jit`. Default `float32`. */
  readonly precision?: 'float32' | 'bfloat16' | undefined;
  /**
   * A loss or gradients that are NaN or infinite end the training by default (`stop`), with the weights of before; with
   * `skip` such a step changes nothing and is counted.
   */
  readonly nonFinite?: 'stop' | 'skip' | undefined;
  /** Updates between evaluations. The end is evaluated in any case. */
  readonly evalSteps?: number | undefined;
  /** Instead of evalSteps: passes through the data between evaluations, 1 by default. */
  readonly evalEpochs?: number | undefined;
  /** Which metric of an evaluation says what is best; the loss by default. */
  readonly metricForBestModel?: string | undefined;
  /** Whether more of that metric is better: by default for all but the loss and the perplexity. */
  readonly greaterIsBetter?: boolean | undefined;
  /** Evaluations in a row without a better one after which training stops. Default: it does not. */
  readonly patience?: number | undefined;
  /** Updates between checkpoints; by default there is one about every half minute. */
  readonly saveSteps?: number | undefined;
  /** Updates between reports to the callbacks, 10 by default. */
  readonly logSteps?: number | undefined;
  /** Decides the order of the data and the dropout, 0 by default. */
  readonly seed?: number | undefined;
  /** Stops the training after the step it is at, or while it waits for data; `train` then returns what there is. */
  readonly signal?: AbortSignal | undefined;
}

const LEARNING_RATE = 1e-3;

const COUNTS = ['maxSteps', 'evalBatchSize', 'evalSteps', 'evalEpochs', 'patience', 'saveSteps'] as const;

/** Of each of these at most one is given. */
const ALTERNATIVES = [
  ['evalSteps', 'evalEpochs'],
  ['warmupSteps', 'warmupRatio'],
] as const;

/** Arguments with their defaults. */
export type CheckedArgs = TrainingArgs & {
  readonly [K in keyof ReturnType<typeof defaulted>]: ReturnType<typeof defaulted>[K];
};

/** @throws RangeError naming the argument, the rule and the value; also a key that is no argument. */
export function checkArgs(args: TrainingArgs): CheckedArgs {
  if (typeof args !== 'object' || args === null)
    throw new TypeError(`args must be an object, but is ${args}`);
  checkKnown(args);
  const { epochs, maxSteps, maxSeconds, warmupRatio, ema } = args;
  if (epochs === undefined && maxSteps === undefined && maxSeconds === undefined) {
    throw new RangeError('one of epochs, maxSteps and maxSeconds must be given');
  }
  if (epochs !== undefined) above0('epochs', epochs);
  if (maxSeconds !== undefined) above0('maxSeconds', maxSeconds);
  for (const name of COUNTS) if (args[name] !== undefined) positiveInteger(name, args[name]);
  for (const [one, other] of ALTERNATIVES) {
    if (args[one] !== undefined && args[other] !== undefined) {
      throw new RangeError(`${one} and ${other} must not both be given`);
    }
  }
  if (warmupRatio !== undefined) from0('warmupRatio', warmupRatio, 1);
  if (ema !== undefined) from0('ema', ema, 1);
  checkMinLearningRate(args);
  return { ...args, ...defaulted(args) };
}

/** @throws RangeError unless it is below the highest rate, and the schedule has an end. */
function checkMinLearningRate({
  minLearningRate,
  learningRate = LEARNING_RATE,
  schedule = 'linear',
}: TrainingArgs) {
  if (minLearningRate === undefined) return;
  from0('minLearningRate', minLearningRate, learningRate);
  if (typeof schedule === 'string' && schedule in decays) return;
  const found = typeof schedule === 'function' ? 'a function' : schedule;
  throw new RangeError(`minLearningRate must come with schedule linear or cosine, but this is ${found}`);
}

function defaulted(args: TrainingArgs) {
  const { metricForBestModel = 'loss' } = args;
  return {
    gradientAccumulationSteps: positiveInteger(
      'gradientAccumulationSteps',
      args.gradientAccumulationSteps ?? 1,
    ),
    optimizer: oneOf('optimizer', args.optimizer ?? 'adamW', optimizerNames),
    learningRate: from0('learningRate', args.learningRate ?? LEARNING_RATE),
    maxGradNorm: above0('maxGradNorm', args.maxGradNorm ?? 1),
    weightDecay: from0('weightDecay', args.weightDecay ?? 0),
    labelSmoothing: from0('labelSmoothing', args.labelSmoothing ?? 0, 1),
    gradientCheckpointing: args.gradientCheckpointing ?? false,
    precision: oneOf('precision', args.precision ?? 'float32', ['float32', 'bfloat16']),
    nonFinite: oneOf('nonFinite', args.nonFinite ?? 'stop', ['stop', 'skip']),
    metricForBestModel,
    greaterIsBetter: args.greaterIsBetter ?? !['loss', 'perplexity'].includes(metricForBestModel),
    logSteps: positiveInteger('logSteps', args.logSteps ?? 10),
    seed: args.seed ?? 0,
  };
}

/**
 * The schedule that the arguments ask for.
 *
 * @param totalSteps Infinity where only time ends the training
 */
export function scheduleOf(args: TrainingArgs, totalSteps: number): Schedule {
  const { schedule = 'linear', warmupRatio, learningRate = LEARNING_RATE, minLearningRate = 0 } = args;
  if (typeof schedule === 'function') {
    for (const name of ['warmupSteps', 'warmupRatio'] as const) {
      if (args[name] !== undefined) throw new RangeError(`${name} must not come with a schedule of your own`);
    }
    return schedule;
  }
  oneOf('schedule', schedule, ['constant', 'linear', 'cosine', 'inverseSqrt']);
  if (totalSteps === Infinity) {
    const end = args.epochs === undefined ? 'epochs and maxSteps' : 'maxSteps for a stream';
    if (schedule in decays) {
      throw new RangeError(`schedule must be constant or inverseSqrt without ${end}, but is ${schedule}`);
    }
    if (warmupRatio !== undefined) throw new RangeError(`warmupRatio must not be given without ${end}`);
  }
  const warmupSteps = warmupRatio === undefined ? args.warmupSteps : Math.ceil(warmupRatio * totalSteps);
  if (schedule === 'constant') return constantSchedule({ warmupSteps });
  if (schedule === 'inverseSqrt') return inverseSqrtSchedule({ warmupSteps });
  const endFactor = minLearningRate === 0 ? 0 : minLearningRate / learningRate;
  return decays[schedule]({ warmupSteps, totalSteps, endFactor });
}
