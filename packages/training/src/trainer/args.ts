import { above0, from0, positiveInteger } from '../checks.js';
import { constantSchedule } from '../schedules/constant_schedule.js';
import { cosineSchedule } from '../schedules/cosine_schedule.js';
import { inverseSqrtSchedule } from '../schedules/inverse_sqrt_schedule.js';
import { linearSchedule } from '../schedules/linear_schedule.js';
import type { Schedule } from '../schedules/schedule.js';

/** Schedules that need to know their end. */
const decays = { linear: linearSchedule, cosine: cosineSchedule };

/** How to train. One of epochs, maxSteps and maxSeconds must be given; of several, the first that is reached ends it. */
export interface TrainingArgs {
  /** Passes through the data; may be a fraction. */
  readonly epochs?: number | undefined;
  /** Updates. */
  readonly maxSteps?: number | undefined;
  /** Wall time, evaluations included; the step that reaches it is the last. */
  readonly maxSeconds?: number | undefined;
  /** Examples in a batch, 32 by default. */
  readonly batchSize?: number | undefined;
  /** Instead of batchSize: most tokens of a batch, padding included. */
  readonly maxTokens?: number | undefined;
  /** Lengths are padded to multiples of this; see `Batches`. */
  readonly lengthMultiple?: number | undefined;
  /** Highest learning rate, 0.001 by default. */
  readonly learningRate?: number | undefined;
  /**
   * `linear` by default, which like `cosine` needs to know its end: epochs or maxSteps. A function is any other, as
   * `polynomialSchedule` makes.
   */
  readonly schedule?: 'constant' | 'inverseSqrt' | keyof typeof decays | Schedule | undefined;
  /** Updates in which the learning rate grows from 0, 0 by default. Not for a schedule that is a function. */
  readonly warmupSteps?: number | undefined;
  /** Gradients, all together, are scaled down to this norm, 1 by default; Infinity leaves them. */
  readonly maxGradNorm?: number | undefined;
  /** Decoupled, as in AdamW, 0 by default. */
  readonly weightDecay?: number | undefined;
  /** Share of the target probability that is spread over the vocabulary, 0 by default. */
  readonly labelSmoothing?: number | undefined;
  /** Updates between evaluations; an epoch by default. The end is evaluated in any case. */
  readonly evalSteps?: number | undefined;
  /** Evaluations in a row without a new least loss after which training stops. Default: it does not. */
  readonly patience?: number | undefined;
  /** Updates between reports to the callbacks, 10 by default. */
  readonly logSteps?: number | undefined;
  /** Decides the order of the data and the dropout, 0 by default. */
  readonly seed?: number | undefined;
  /** Stops the training after the step it is at; `train` then returns what there is. */
  readonly signal?: AbortSignal | undefined;
}

type Defaulted = 'learningRate' | 'maxGradNorm' | 'weightDecay' | 'labelSmoothing' | 'logSteps' | 'seed';

/** Arguments with their defaults. */
export type CheckedArgs = TrainingArgs & { readonly [K in Defaulted]: number };

/** @throws RangeError naming the argument, the rule and the value. */
export function checkArgs(args: TrainingArgs): CheckedArgs {
  const { epochs, maxSteps, maxSeconds, evalSteps, patience } = args;
  if (epochs === undefined && maxSteps === undefined && maxSeconds === undefined) {
    throw new RangeError('one of epochs, maxSteps and maxSeconds must be given');
  }
  if (epochs !== undefined) above0('epochs', epochs);
  if (maxSteps !== undefined) positiveInteger('maxSteps', maxSteps);
  if (maxSeconds !== undefined) above0('maxSeconds', maxSeconds);
  if (evalSteps !== undefined) positiveInteger('evalSteps', evalSteps);
  if (patience !== undefined) positiveInteger('patience', patience);
  return {
    ...args,
    learningRate: from0('learningRate', args.learningRate ?? 1e-3),
    maxGradNorm: above0('maxGradNorm', args.maxGradNorm ?? 1),
    weightDecay: from0('weightDecay', args.weightDecay ?? 0),
    labelSmoothing: from0('labelSmoothing', args.labelSmoothing ?? 0, 1),
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
  const { schedule = 'linear', warmupSteps } = args;
  if (typeof schedule === 'function') {
    if (warmupSteps !== undefined)
      throw new RangeError('warmupSteps must not come with a schedule of your own');
    return schedule;
  }
  if (schedule === 'constant') return constantSchedule({ warmupSteps });
  if (schedule === 'inverseSqrt') return inverseSqrtSchedule({ warmupSteps });
  if (totalSteps === Infinity) {
    throw new RangeError(
      `schedule must be constant or inverseSqrt without epochs and maxSteps, but is ${schedule}`,
    );
  }
  return decays[schedule]({ warmupSteps, totalSteps });
}
