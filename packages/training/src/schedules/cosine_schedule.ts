import { type DecayOptions, decay, type Schedule } from './schedule.js';

/**
 * From 1 after the warm-up to endFactor at totalSteps along half a cosine, (1 − endFactor) (1 + cos πp) / 2 + endFactor where p is
 * the share of the decay that is done. Up to totalSteps equal to `get_cosine_schedule_with_warmup` of transformers, and with an
 * endFactor to `get_cosine_with_min_lr_schedule_with_warmup`, where it is `min_lr_rate`; stays there after it.
 *
 * @throws RangeError if endFactor is not from 0 to 1
 * @see Loshchilov and Hutter (2017), https://arxiv.org/abs/1608.03983
 * @example
 * cosineSchedule({ totalSteps: 10 })(5); // => 0.5
 */
export function cosineSchedule(options: DecayOptions): Schedule {
  return decay(options, (done) => (1 + Math.cos(Math.PI * done)) / 2);
}
