import { type Random, sample, shuffle } from '../random.js';
import type { BatchLimits } from './batch_options.js';
import type { PaddedLengths } from './padded_lengths.js';

/** The places, from `start` to before `end`, of a batch's examples. */
export interface BatchRange {
  readonly start: number;
  readonly end: number;
}

/** Examples, by their rows, in an order, and where this is cut into batches, which have an order of their own. */
export interface Deal {
  readonly rows: Int32Array;
  readonly ranges: readonly BatchRange[];
}

/**
 * How examples are cut into batches: sorted by padded length, each batch as large as it may be. A deal gives examples of
 * equal padded length anew to the places for them and puts the batches in random order, so that each deal has as many
 * batches of the same shapes.
 */
export class BatchPlan {
  /** By padded length, the same each time. */
  readonly inOrder: Deal;

  /** @throws RangeError if examples have no lengths to compare with maxTokens, or one alone is over it. */
  constructor(
    private readonly lengths: PaddedLengths,
    private readonly limits: BatchLimits,
    indices: ArrayLike<number>,
  ) {
    const rows = Int32Array.from({ length: lengths.count }, (_, row) => row);
    if (limits.groupByLength && lengths.rank > 0) {
      rows.sort((a, b) => compare(lengths, a, b) || a - b);
    }
    const { maxTokens } = limits;
    if (maxTokens !== undefined) {
      if (lengths.rank === 0)
        throw new RangeError('maxTokens must come with examples that have lengths, but these have none');
      for (const row of rows) {
        const tokens = this.tokens(row);
        const most = maxTokens / limits.parts;
        if (tokens > most) {
          throw new RangeError(
            `maxTokens must hold each example, but is ${most}, and example ${indices[row]} has ` +
              `${tokens} tokens with padding`,
          );
        }
      }
    }
    this.inOrder = { rows, ranges: this.cut(rows) };
  }

  /** Batches of a deal. */
  get length(): number {
    const { batchSize, dropLast } = this.limits;
    return dropLast ? Math.floor(this.lengths.count / batchSize) : this.inOrder.ranges.length;
  }

  deal(random: Random): Deal {
    const { rows, ranges } = this.limits.dropLast ? this.leaveOut(random) : this.inOrder;
    const dealt = rows.slice();
    for (let start = 0; start < dealt.length; ) {
      let end = start + 1;
      while (end < dealt.length && this.areTogether(rows[start]!, rows[end]!)) end++;
      shuffle(dealt.subarray(start, end), random);
      start = end;
    }
    return { rows: dealt, ranges: shuffle([...ranges], random) };
  }

  /** The deal in order without the examples that would make a smaller batch. */
  private leaveOut(random: Random): Deal {
    const { rows } = this.inOrder;
    const out = new Set(sample(rows.length, rows.length % this.limits.batchSize, random));
    const kept = rows.filter((_, place) => !out.has(place));
    return { rows: kept, ranges: this.cut(kept) };
  }

  /** The padded lengths of a batch: the largest of its examples'. */
  lengthsOf(rows: Int32Array): number[] {
    const { rank, values } = this.lengths;
    const lengths = new Array<number>(rank).fill(0);
    for (const row of rows) {
      for (let at = 0; at < rank; at++) lengths[at] = Math.max(lengths[at]!, values[row * rank + at]!);
    }
    return lengths;
  }

  /** Most examples of a part of a batch with such lengths. */
  partSize(lengths: readonly number[]): number {
    const { batchSize, maxTokens, parts } = this.limits;
    if (maxTokens === undefined) return batchSize / parts;
    return Math.max(1, Math.floor(maxTokens / parts / lengths.reduce((sum, length) => sum + length, 0)));
  }

  private areTogether(a: number, b: number): boolean {
    return !this.limits.groupByLength || compare(this.lengths, a, b) === 0;
  }

  private tokens(row: number): number {
    const { rank, values } = this.lengths;
    let tokens = 0;
    for (let at = 0; at < rank; at++) tokens += values[row * rank + at]!;
    return tokens;
  }

  /** Cuts an order of examples into batches, each as large as it may be. */
  private cut(rows: Int32Array): BatchRange[] {
    const { batchSize, maxTokens } = this.limits;
    const { rank, values } = this.lengths;
    const ranges: BatchRange[] = [];
    const largest = new Int32Array(rank);
    let start = 0;
    for (let place = 0; place < rows.length; place++) {
      let tokens = 0;
      for (let at = 0; at < rank; at++) {
        largest[at] = Math.max(largest[at]!, values[rows[place]! * rank + at]!);
        tokens += largest[at]!;
      }
      const size = place + 1 - start;
      const isOver = maxTokens === undefined ? size > batchSize : size > 1 && size * tokens > maxTokens;
      if (!isOver) continue;
      ranges.push({ start, end: place });
      start = place;
      for (let at = 0; at < rank; at++) largest[at] = values[rows[place]! * rank + at]!;
    }
    if (start < rows.length) ranges.push({ start, end: rows.length });
    return ranges;
  }
}

function compare({ rank, values }: PaddedLengths, a: number, b: number): number {
  for (let at = 0; at < rank; at++) {
    const difference = values[a * rank + at]! - values[b * rank + at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
