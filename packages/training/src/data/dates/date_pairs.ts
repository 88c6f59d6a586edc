import { mixBits, randomStream, sample } from '../../random.js';
import type { Pair, Split } from '../pair.js';
import { DAY_COUNT, dateOfDay, isoDate } from './calendar_date.js';
import { DATE_FORMS, type DateForm, writeDate } from './grammar.js';

/** A date as someone writes it, and in ISO 8601. */
export interface DatePair extends Pair {
  readonly form: DateForm;
}

export interface DatePairsOptions {
  readonly seed: number;
  /** How many pairs, all different. */
  readonly count: number;
  readonly split: Split;
  /** The forms to draw from, all by default. */
  readonly forms?: readonly DateForm[] | undefined;
}

const FORMS = Object.keys(DATE_FORMS) as DateForm[];

/** To which split a day of the date task belongs: 1 in 20 to dev, 2 in 20 to test, whatever the seed. */
export function splitOfDay(day: number): Split {
  const share = mixBits(day) % 20;
  return share < 2 ? 'test' : share < 3 ? 'dev' : 'train';
}

/**
 * Pairs of the date task, drawn by seed without repetition, every day and every form being equally
 * likely: `令和8年11月22日` → `2026-11-22`. A calendar day (of 1950–2049) belongs to one split for good, so no day of
 * dev or test is ever in training.
 *
 * @throws RangeError if count is not a positive integer, or more than there are pairs in the split.
 * @example
 * datePairs({ seed: 1, count: 3, split: 'test' }).length; // => 3
 */
export function datePairs({ seed, count, split, forms = FORMS }: DatePairsOptions): DatePair[] {
  const days = Array.from({ length: DAY_COUNT }, (_, day) => day).filter((day) => splitOfDay(day) === split);
  const total = days.length * forms.length;
  if (!Number.isInteger(count) || count < 1 || count > total) {
    throw new RangeError(
      `count must be an integer from 1 to ${total}, the pairs of ${split}, but is ${count}`,
    );
  }
  return sample(total, count, randomStream(seed)).map((index) => {
    const date = dateOfDay(days[Math.floor(index / forms.length)]!);
    const form = forms[index % forms.length]!;
    return { source: writeDate(date, form), target: isoDate(date), form };
  });
}
