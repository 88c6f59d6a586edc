import { positiveInteger } from '../checks.js';
import type { BatchOptions } from './batch_options.js';
import { ExampleError, namingExamples } from './collators/example_error.js';

/** The padded lengths of examples, (examples, rank), row-major. */
export interface PaddedLengths {
  readonly count: number;
  /** Lengths of an example. */
  readonly rank: number;
  readonly values: Int32Array;
}

/** Pads a length up; undefined if it is over the longest there is. */
export type LengthPadder = (length: number) => number | undefined;

/** @throws RangeError naming the option, the rule and the value. */
export function lengthPadder({ lengthMultiple, lengths }: BatchOptions<never>): LengthPadder {
  if (lengths === undefined) {
    const multiple = positiveInteger('lengthMultiple', lengthMultiple ?? 8);
    return (length) => Math.ceil(length / multiple) * multiple;
  }
  if (lengthMultiple !== undefined) {
    throw new RangeError('lengthMultiple and lengths must not both be given');
  }
  if (lengths.length === 0) throw new RangeError('lengths must have a length, but are empty');
  const rising = Int32Array.from(lengths, (length) => positiveInteger('lengths', length)).sort();
  return (length) => rising.find((bucket) => bucket >= length);
}

/**
 * The padded lengths of examples.
 *
 * @param indices by which errors name the examples
 * @throws RangeError naming the example if it is longer than all `lengths`, or has no token.
 */
export function paddedLengths<E>(
  examples: readonly E[],
  options: BatchOptions<E>,
  pad: LengthPadder,
  indices: ArrayLike<number>,
): PaddedLengths {
  const { collator, lengths } = options;
  let row = 0;
  return namingExamples(
    {
      length: 1,
      get 0() {
        return indices[row]!;
      },
    },
    () => {
      const rank = examples.length === 0 ? 0 : collator.lengths(examples[0]!).length;
      const values = new Int32Array(examples.length * rank);
      for (; row < examples.length; row++) {
        const own = collator.lengths(examples[row]!);
        if (own.length !== rank) {
          throw new ExampleError(0, `must have as many lengths as the first, ${rank}, but has ${own.length}`);
        }
        for (let at = 0; at < rank; at++) {
          const padded = pad(own[at]!);
          if (padded === undefined) {
            const longest = Math.max(...lengths!);
            throw new ExampleError(
              0,
              `must be no longer than lengths say, ${longest}, but is ${own[at]} long`,
            );
          }
          values[row * rank + at] = padded;
        }
      }
      return { count: examples.length, rank, values };
    },
  );
}
