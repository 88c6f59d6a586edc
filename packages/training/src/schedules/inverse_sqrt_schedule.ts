import { type Schedule, type ScheduleOptions, withWarmup } from './schedule.js';

/**
 * √(warmupSteps / step) after the warm-up, the Transformer's; without a warm-up √(10,000 / (step + 10,000)). Equal to
 * `get_inverse_sqrt_schedule` of transformers with its default timescale.
 *
 * @see Vaswani et al. (2017), section 5.3, https://arxiv.org/abs/1706.03762, scaled so that its largest factor is 1
 * @example
 * inverseSqrtSchedule({ warmupSteps: 100 })(400); // => 0.5
 */
export function inverseSqrtSchedule({ warmupSteps = 0 }: ScheduleOptions = {}): Schedule {
  const timescale = warmupSteps || 10_000;
  const shift = timescale - warmupSteps;
  return withWarmup(warmupSteps, (step) => 1 / Math.sqrt((step + shift) / timescale));
}
