import { type DecayOptions, decay, type Schedule } from './schedule.js';

/**
 * From 1 after the warm-up in a straight line to endFactor at totalSteps. Equal to `get_linear_schedule_with_warmup` of
 * transformers, which ends at 0.
 *
 * @throws RangeError if endFactor is not from 0 to 1
 * @example
 * linearSchedule({ totalSteps: 10 })(5); // => 0.5
 */
export function linearSchedule(options: DecayOptions): Schedule {
  return decay(options, (done) => 1 - done);
}
