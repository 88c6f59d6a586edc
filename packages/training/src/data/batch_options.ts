import { positiveInteger } from '../checks.js';
import type { DataCollator } from './batch.js';

/** How examples become batches. */
export interface BatchOptions<E> {
  readonly collator: DataCollator<E>;
  /** What errors call the data set, `examples` by default. */
  readonly name?: string | undefined;
  /** Examples in a batch, 32 by default; the last batch may have fewer. */
  readonly batchSize?: number | undefined;
  /** Instead of batchSize: most tokens of a batch, all lengths of an example and their padding together. */
  readonly maxTokens?: number | undefined;
  /**
   * Parts of a batch that are computed one after the other, 1 by default. A batch then has as many times the batchSize or
   * maxTokens, and each part has these; what a batch holds is the same as with so large a batchSize and one part.
   */
  readonly gradientAccumulationSteps?: number | undefined;
  /** Lengths are padded up to a multiple of this, 8 by default, so that there are few shapes. */
  readonly lengthMultiple?: number | undefined;
  /** Instead of lengthMultiple: lengths are padded up to the next of these. */
  readonly lengths?: readonly number[] | undefined;
  readonly seed?: number | undefined;
  /** Whether examples of like length come together, true by default; if not, they come in any order. */
  readonly groupByLength?: boolean | undefined;
  /** Leaves the examples out of an epoch, drawn anew each time, that would make a smaller batch; false by default. */
  readonly dropLast?: boolean | undefined;
}

/** What ends a batch, and whether examples are sorted by length. */
export interface BatchLimits {
  /** Of all parts. */
  readonly batchSize: number;
  /** Of all parts. */
  readonly maxTokens: number | undefined;
  readonly parts: number;
  readonly groupByLength: boolean;
  readonly dropLast: boolean;
}

/** @throws RangeError naming the option, the rule and the value. */
export function checkLimits(options: BatchOptions<never>): BatchLimits {
  const { batchSize = 32, maxTokens, groupByLength = true, dropLast = false } = options;
  const parts = positiveInteger('gradientAccumulationSteps', options.gradientAccumulationSteps ?? 1);
  positiveInteger('batchSize', batchSize);
  if (maxTokens !== undefined) {
    positiveInteger('maxTokens', maxTokens);
    if (options.batchSize !== undefined) {
      throw new RangeError('batchSize and maxTokens must not both be given');
    }
    if (!groupByLength) throw new RangeError('maxTokens must come with groupByLength, but that is false');
    if (dropLast) throw new RangeError('dropLast must come with batchSize, but maxTokens is given');
  }
  return {
    batchSize: batchSize * parts,
    maxTokens: maxTokens === undefined ? undefined : maxTokens * parts,
    parts,
    groupByLength,
    dropLast,
  };
}
