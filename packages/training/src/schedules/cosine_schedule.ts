import { checkTotalSteps, type DecayOptions, decayed, type Schedule, withWarmup } from './schedule.js';

/**
 * From 1 after the warm-up to 0 at totalSteps along half a cosine, (1 + cos πp) / 2 where p is the share of the decay
 * that is done. Equal to `get_cosine_schedule_with_warmup` of transformers up to totalSteps; stays at 0 after it.
 *
 * @see Loshchilov and Hutter (2017), https://arxiv.org/abs/1608.03983
 * @example
 * cosineSchedule({ totalSteps: 10 })(5); // => 0.5
 */
export function cosineSchedule({ warmupSteps = 0, totalSteps }: DecayOptions): Schedule {
  checkTotalSteps(totalSteps);
  return withWarmup(
    warmupSteps,
    (step) => (1 + Math.cos(Math.PI * decayed(step, warmupSteps, totalSteps))) / 2,
  );
}
