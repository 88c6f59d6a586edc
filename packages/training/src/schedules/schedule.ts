/** The factor of the learning rate for the update that follows `step` updates. */
export type Schedule = (step: number) => number;

export interface ScheduleOptions {
  /** Updates over which the factor grows from 0 to 1, the first being at 0. Default: 0, no warm-up. */
  readonly warmupSteps?: number | undefined;
}

export interface DecayOptions extends ScheduleOptions {
  /** Updates of the whole training, warm-up included: where the decay ends. */
  readonly totalSteps: number;
}

/** A linear warm-up, step / warmupSteps, in front of a schedule. */
export function withWarmup(warmupSteps: number, schedule: Schedule): Schedule {
  if (!Number.isInteger(warmupSteps) || warmupSteps < 0) {
    throw new RangeError(`warmupSteps must be an integer from 0, but is ${warmupSteps}`);
  }
  return (step) => (step < warmupSteps ? step / warmupSteps : schedule(step));
}

/** How far the decay has come at a step, from 0 to 1, and 1 from totalSteps on. */
export function decayed(step: number, warmupSteps: number, totalSteps: number): number {
  return step >= totalSteps ? 1 : (step - warmupSteps) / (totalSteps - warmupSteps);
}

/** @throws RangeError unless totalSteps is a positive integer. */
export function checkTotalSteps(totalSteps: number): void {
  if (!Number.isInteger(totalSteps) || totalSteps < 1) {
    throw new RangeError(`totalSteps must be a positive integer, but is ${totalSteps}`);
  }
}
