import { randomStream } from '../random.js';
import type { Batch, BatchLoader } from './batch.js';
import { type BatchOptions, checkLimits } from './batch_options.js';
import { BatchPlan, type BatchRange, type Deal } from './batch_plan.js';
import { collateBatch } from './collate_batch.js';
import { lengthPadder, paddedLengths } from './padded_lengths.js';

/**
 * A data set in memory as padded batches. Examples are sorted by padded length and cut into batches once: an epoch deals
 * examples of equal padded length anew among the places for them and puts the batches in random order, so every epoch
 * has the same number of batches of the same shapes. Examples without lengths are shuffled. What an epoch holds is decided
 * by the seed and its number.
 *
 * @throws RangeError naming the argument, the rule and the value; also if an example alone is over maxTokens; from the
 *   batches, if the collator refuses an example.
 * @example
 * const examples = [{ inputIds: [5, 6, 7], labels: 0 }, { inputIds: [8], labels: 1 }];
 * const batches = new Batches(examples, { collator: dataCollatorWithPadding(), batchSize: 2 });
 * const [{ parts }] = batches.epoch(0);
 * parts[0].inputs.inputIds.shape; // => [2, 8]
 */
export class Batches<E> implements BatchLoader {
  /** Batches in an epoch. */
  readonly length: number;
  private readonly plan: BatchPlan;

  constructor(
    private readonly examples: readonly E[],
    private readonly options: BatchOptions<NoInfer<E>>,
  ) {
    const limits = checkLimits(options);
    const pad = lengthPadder(options);
    const count = examples.length;
    if (count === 0) throw new RangeError(`${options.name ?? 'examples'} must not be empty`);
    if (limits.dropLast && count < limits.batchSize) {
      throw new RangeError(
        `dropLast must leave a batch, but there are ${count} examples, and batchSize is ${limits.batchSize}`,
      );
    }
    const indices = Int32Array.from({ length: count }, (_, index) => index);
    this.plan = new BatchPlan(paddedLengths(examples, options, pad, indices), limits, indices);
    this.length = this.plan.length;
  }

  /**
   * The batches of an epoch, counted from 0, in their order.
   *
   * @param first how many of them are left out at the beginning
   */
  *epoch(index: number, first = 0): Generator<Batch, void, undefined> {
    const deal = this.plan.deal(randomStream(this.options.seed ?? 0, index));
    for (const range of deal.ranges.slice(first)) yield this.batch(deal, range);
  }

  /** All examples in batches in order of length, the same each time: for evaluation. */
  *inOrder(): Generator<Batch, void, undefined> {
    const deal = this.plan.inOrder;
    for (const range of deal.ranges) yield this.batch(deal, range);
  }

  private batch({ rows }: Deal, { start, end }: BatchRange): Batch {
    const indices = rows.slice(start, end);
    const examples = Array.from(indices, (index) => this.examples[index]!);
    const lengths = this.plan.lengthsOf(indices);
    return collateBatch(this.options.collator, examples, lengths, indices, this.plan.partSize(lengths));
  }
}
