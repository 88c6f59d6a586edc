import { above0, from0 } from '../checks.js';
import { checkTotalSteps, type DecayOptions, decayed, type Schedule, withWarmup } from './schedule.js';

export interface PolynomialOptions extends DecayOptions {
  /** 1, a straight line, by default. */
  readonly power?: number | undefined;
  /** The factor at totalSteps and after it, below 1; 0 by default. */
  readonly endFactor?: number | undefined;
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
export function polynomialSchedule({
  warmupSteps = 0,
  totalSteps,
  power = 1,
  endFactor = 0,
}: PolynomialOptions): Schedule {
  checkTotalSteps(totalSteps);
  above0('power', power);
  from0('endFactor', endFactor, 1);
  return withWarmup(
    warmupSteps,
    (step) => (1 - endFactor) * (1 - decayed(step, warmupSteps, totalSteps)) ** power + endFactor,
  );
}
