import { positiveInteger } from '../checks.js';
import { type Random, randomStream } from '../random.js';
import type { Batch, BatchLoader } from './batch.js';
import { type BatchLimits, type BatchOptions, checkLimits } from './batch_options.js';
import { BatchPlan } from './batch_plan.js';
import { collateBatch } from './collate_batch.js';
import { type ExampleSource, ExampleStream } from './example_stream.js';
import { type LengthPadder, lengthPadder, paddedLengths } from './padded_lengths.js';

export interface StreamBatchesOptions<E> extends BatchOptions<E> {
  /** How many examples are read before batches are made of them, 10,000 by default. */
  readonly shuffleBuffer?: number | undefined;
}

/**
 * A data set that is read anew in every epoch, in constant memory: the next `shuffleBuffer` examples are dealt to batches
 * as `Batches` does, and the last of these, which has room left, is filled up from the next ones. Examples that are
 * farther apart keep their order, so a file that is sorted by class is to be shuffled first. A stream that is no longer
 * than the buffer gives the batches that `Batches` gives. What an epoch holds is decided by the stream, the seed and its
 * number.
 *
 * @param source examples, such as an array, or a function that begins to read them: `() => readJsonl(path)`
 * @throws RangeError as `Batches`; from the batches, Error if the stream is empty, or can be read once only and is read
 *   again, and the errors of the stream.
 * @example
 * const examples = function* () {
 *   for (let id = 3; id < 9; id++) yield { inputIds: [id] };
 * };
 * const batches = new StreamBatches(examples, { collator: dataCollatorWithPadding(), batchSize: 4 });
 * for await (const { size } of batches.epoch(0)) console.log(size); // => 4, then 2, or 2, then 4
 */
export class StreamBatches<E> implements BatchLoader {
  readonly length = undefined;
  private readonly limits: BatchLimits;
  private readonly pad: LengthPadder;
  private readonly shuffleBuffer: number;
  private readonly stream: ExampleStream<E>;

  constructor(
    source: ExampleSource<E>,
    private readonly options: StreamBatchesOptions<NoInfer<E>>,
  ) {
    this.limits = checkLimits(options);
    this.pad = lengthPadder(options);
    this.shuffleBuffer = positiveInteger('shuffleBuffer', options.shuffleBuffer ?? 10_000);
    this.stream = new ExampleStream(source, options.name);
  }

  /**
   * The batches of an epoch, counted from 0, in their order.
   *
   * @param first how many of them are left out at the beginning; their examples are read, but not collated
   */
  epoch(index: number, first = 0): AsyncGenerator<Batch, void, undefined> {
    return this.batches(first, randomStream(this.options.seed ?? 0, index));
  }

  /** All examples in batches that are the same each time: for evaluation. */
  inOrder(): AsyncGenerator<Batch, void, undefined> {
    return this.batches(0, undefined);
  }

  private async *batches(first: number, random: Random | undefined): AsyncGenerator<Batch, void, undefined> {
    const { collator } = this.options;
    const reader = await this.stream.open();
    let count = 0;
    try {
      let examples: E[] = [];
      let indices: number[] = [];
      for (let isEnd = false; !isEnd; ) {
        isEnd = await reader.read(this.shuffleBuffer, examples, indices);
        const limits = { ...this.limits, dropLast: this.limits.dropLast && isEnd };
        const plan = new BatchPlan(paddedLengths(examples, this.options, this.pad, indices), limits, indices);
        const { rows, ranges } = random ? plan.deal(random) : plan.inOrder;
        const carried: Int32Array[] = [];
        for (const { start, end } of ranges) {
          const own = rows.subarray(start, end);
          if (!isEnd && end === rows.length && this.hasRoom(own.length)) {
            carried.push(own);
          } else if (count++ >= first) {
            const lengths = plan.lengthsOf(own);
            yield collateBatch(
              collator,
              Array.from(own, (row) => examples[row]!),
              lengths,
              Int32Array.from(own, (row) => indices[row]!),
              plan.partSize(lengths),
            );
          }
        }
        const left = carried.flatMap((own) => Array.from(own));
        examples = left.map((row) => examples[row]!);
        indices = left.map((row) => indices[row]!);
      }
      if (count === 0) {
        throw new RangeError(
          `dropLast must leave a batch, but there are ${reader.count} examples, and batchSize is ${this.limits.batchSize}`,
        );
      }
    } finally {
      await reader.close();
    }
  }

  private hasRoom(size: number): boolean {
    return this.limits.maxTokens !== undefined || size < this.limits.batchSize;
  }
}
