import { from0 } from '../checks.js';

/** The factor of the learning rate for the update that follows `step` updates. */
export type Schedule = (step: number) => number;

export interface ScheduleOptions {
  /** Updates over which the factor grows from 0 to 1, the first being at 0. Default: 0, no warm-up. */
  readonly warmupSteps?: number | undefined;
}

export interface DecayOptions extends ScheduleOptions {
  /** Updates of the whole training, warm-up included: where the decay ends. */
  readonly totalSteps: number;
  /** The factor at totalSteps and after it, below 1; 0 by default. */
  readonly endFactor?: number | undefined;
}

/** A linear warm-up, step / warmupSteps, in front of a schedule. */
export function withWarmup(warmupSteps: number, schedule: Schedule): Schedule {
  if (!Number.isInteger(warmupSteps) || warmupSteps < 0) {
    throw new RangeError(`warmupSteps must be an integer from 0, but is ${warmupSteps}`);
  }
  return (step) => (step < warmupSteps ? step / warmupSteps : schedule(step));
}

/**
 * Decays from 1 after the warm-up to endFactor at totalSteps and after it: (1 − endFactor) shape(p) + endFactor, where p is the
 * share of the decay that is done.
 *
 * @param shape from 1 at 0 to 0 at 1
 * @throws RangeError if totalSteps is no positive integer, or endFactor not from 0 to 1
 */
export function decay(
  { warmupSteps = 0, totalSteps, endFactor = 0 }: DecayOptions,
  shape: (done: number) => number,
): Schedule {
  if (!Number.isInteger(totalSteps) || totalSteps < 1) {
    throw new RangeError(`totalSteps must be a positive integer, but is ${totalSteps}`);
  }
  from0('endFactor', endFactor, 1);
  return withWarmup(warmupSteps, (step) => {
    const done = step >= totalSteps ? 1 : (step - warmupSteps) / (totalSteps - warmupSteps);
    return (1 - endFactor) * shape(done) + endFactor;
  });
}
