import { randomStream } from '../../random.js';
import { type CausalWindow, checkWindows, type WindowOptions, windowAt } from './causal_windows.js';

export interface RandomWindowsOptions extends WindowOptions {
  /** 0 by default. */
  readonly seed?: number | undefined;
}

/**
 * Windows that begin at random tokens, each as likely, without end: give a function that begins them to `Trainer`, and `maxSteps`.
 *
 * @param ids tokens of a text, or of documents that were joined; windows are parts of it, not copies, where they can be
 * @throws RangeError naming the option, the rule and the value
 * @example
 * const trainDataset = () => randomWindows(ids, { length: 64, seed: 1 });
 */
export function* randomWindows(
  ids: Int32Array,
  { seed = 0, ...options }: RandomWindowsOptions,
): Generator<CausalWindow, never, undefined> {
  checkWindows(ids, options, options.length + 1);
  const random = randomStream(seed);
  for (;;) yield windowAt(ids, Math.floor(random() * (ids.length - options.length)), options);
}
