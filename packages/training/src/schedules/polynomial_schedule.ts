import { above0 } from '../checks.js';
import { type DecayOptions, decay, type Schedule } from './schedule.js';

export interface PolynomialOptions extends DecayOptions {
  /** 1, a straight line, by default. */
  readonly power?: number | undefined;
}

/**
 * From 1 after the warm-up to endFactor at totalSteps: (1 - endFactor) (1 - p)^power + endFactor, where p is the share of the
 * decay that is done. Equal to `get_polynomial_decay_schedule_with_warmup` of transformers, whose `lr_end` is endFactor times
 * the learning rate.
 *
 * @throws RangeError if power is not above 0, or endFactor not from 0 to 1
 * @example
 * polynomialSchedule({ totalSteps: 10, power: 2 })(5); // => 0.25
 */
export function polynomialSchedule({ power = 1, ...options }: PolynomialOptions): Schedule {
  above0('power', power);
  return decay(options, (done) => (1 - done) ** power);
}
