import { checkTotalSteps, type DecayOptions, decayed, type Schedule, withWarmup } from './schedule.js';

/**
 * From 1 after the warm-up in a straight line to 0 at totalSteps. Equal to `get_linear_schedule_with_warmup` of
 * transformers.
 *
 * @example
 * linearSchedule({ totalSteps: 10 })(5); // => 0.5
 */
export function linearSchedule({ warmupSteps = 0, totalSteps }: DecayOptions): Schedule {
  checkTotalSteps(totalSteps);
  return withWarmup(warmupSteps, (step) => 1 - decayed(step, warmupSteps, totalSteps));
}
