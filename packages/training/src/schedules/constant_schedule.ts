import { type Schedule, type ScheduleOptions, withWarmup } from './schedule.js';

/** 1 after the warm-up. Equal to `get_constant_schedule_with_warmup` of transformers. */
export function constantSchedule({ warmupSteps = 0 }: ScheduleOptions = {}): Schedule {
  return withWarmup(warmupSteps, () => 1);
}
