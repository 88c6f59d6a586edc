import { positiveInteger } from '../checks.js';
import { randomStream, shuffle } from '../random.js';
import type { Example } from './examples.js';

/** Label of a position that the loss leaves out. */
export const IGNORED_LABEL = -100;

/** Examples of like length, padded: row-major (B, S) and (B, T). */
export interface Batch {
  /** B, how many examples. */
  readonly size: number;
  /** S. */
  readonly sourceLength: number;
  /** T. */
  readonly targetLength: number;
  /** (B, S). */
  readonly inputIds: Int32Array;
  /** (B, S): 1 at tokens, 0 at padding. */
  readonly attentionMask: Int32Array;
  /** (B, T): the start token, then the labels but the last. */
  readonly decoderInputIds: Int32Array;
  /** (B, T): −100 at padding. */
  readonly labels: Int32Array;
  /** Tokens of all sources, without padding. */
  readonly sourceTokens: number;
  /** Tokens of all targets, without padding: what the loss is the mean of. */
  readonly targetTokens: number;
  /** Which examples these are, (B). */
  readonly indices: Int32Array;
}

export interface BatchesOptions {
  readonly padTokenId: number;
  readonly decoderStartTokenId: number;
  /** Examples in a batch, 32 by default; the last batch may have fewer. */
  readonly batchSize?: number | undefined;
  /** Instead of batchSize: most tokens of a batch, sources and targets and their padding together. */
  readonly maxTokens?: number | undefined;
  /** Lengths are padded up to a multiple of this, 8 by default, so that there are few shapes. */
  readonly lengthMultiple?: number | undefined;
  readonly seed?: number | undefined;
}

/**
 * A data set as padded batches. Examples are sorted by padded length and cut into batches once: an epoch deals
 * examples of equal padded length anew among the places for them and puts the batches in random order, so every epoch
 * has the same number of batches of the same shapes. What an epoch holds is decided by the seed and its number.
 *
 * @throws RangeError naming the argument, the rule and the value; also if an example alone is over maxTokens.
 */
export class Batches {
  /** Batches in an epoch. */
  readonly length: number;
  /** Examples, sorted by padded length. */
  private readonly sorted: Int32Array;
  /** Where in `sorted` examples of equal padded lengths end. */
  private readonly groupEnds: number[] = [];
  private readonly plans: BatchPlan[];

  constructor(
    private readonly examples: readonly Example[],
    private readonly options: BatchesOptions,
  ) {
    const { lengthMultiple = 8, batchSize = 32, maxTokens } = options;
    positiveInteger('lengthMultiple', lengthMultiple);
    positiveInteger('batchSize', batchSize);
    if (maxTokens !== undefined) positiveInteger('maxTokens', maxTokens);
    if (maxTokens !== undefined && options.batchSize !== undefined) {
      throw new RangeError('batchSize and maxTokens must not both be given');
    }
    if (examples.length === 0) throw new RangeError('examples must not be empty');

    const padded = (length: number) => Math.ceil(length / lengthMultiple) * lengthMultiple;
    const sources = examples.map(({ inputIds }) => padded(inputIds.length));
    const targets = examples.map(({ labels }) => padded(labels.length));
    const empty = sources.findIndex((length, index) => length === 0 || targets[index] === 0);
    if (empty >= 0) throw new RangeError(`example ${empty} must have a source and a target token`);

    this.sorted = Int32Array.from(examples.keys()).sort(
      (a, b) => sources[a]! - sources[b]! || targets[a]! - targets[b]! || a - b,
    );
    this.sorted.forEach((example, place) => {
      const next = this.sorted[place + 1];
      const ends =
        next === undefined || sources[next] !== sources[example] || targets[next] !== targets[example];
      if (ends) this.groupEnds.push(place + 1);
    });
    const full = ({ start, end, sourceLength, targetLength }: BatchPlan) =>
      maxTokens === undefined
        ? end - start > batchSize
        : (end - start) * (sourceLength + targetLength) > maxTokens;
    this.plans = plan(this.sorted, sources, targets, full);
    for (const { start, sourceLength, targetLength } of this.plans) {
      if (maxTokens !== undefined && sourceLength + targetLength > maxTokens) {
        throw new RangeError(
          `maxTokens must hold each example, but is ${maxTokens}, and example ${this.sorted[start]} has ` +
            `${sourceLength + targetLength} tokens with padding`,
        );
      }
    }
    this.length = this.plans.length;
  }

  /**
   * The batches of an epoch, counted from 0, in their order.
   *
   * @param first how many of them are left out at the beginning
   */
  *epoch(index: number, first = 0): Generator<Batch, void, undefined> {
    const random = randomStream(this.options.seed ?? 0, index);
    const dealt = this.sorted.slice();
    let start = 0;
    for (const end of this.groupEnds) {
      shuffle(dealt.subarray(start, end), random);
      start = end;
    }
    for (const plan of shuffle([...this.plans], random).slice(first)) {
      yield this.batch(dealt.subarray(plan.start, plan.end), plan);
    }
  }

  /** The batches in order of length, the same each time: for evaluation. */
  *inOrder(): Generator<Batch, void, undefined> {
    for (const plan of this.plans) yield this.batch(this.sorted.subarray(plan.start, plan.end), plan);
  }

  private batch(indices: Int32Array, { sourceLength, targetLength }: BatchPlan): Batch {
    const { padTokenId, decoderStartTokenId } = this.options;
    const size = indices.length;
    const inputIds = new Int32Array(size * sourceLength).fill(padTokenId);
    const attentionMask = new Int32Array(size * sourceLength);
    const decoderInputIds = new Int32Array(size * targetLength).fill(padTokenId);
    const labels = new Int32Array(size * targetLength).fill(IGNORED_LABEL);
    let sourceTokens = 0;
    let targetTokens = 0;
    indices.forEach((index, row) => {
      const example = this.examples[index]!;
      const source = row * sourceLength;
      const target = row * targetLength;
      inputIds.set(example.inputIds, source);
      attentionMask.fill(1, source, source + example.inputIds.length);
      labels.set(example.labels, target);
      decoderInputIds[target] = decoderStartTokenId;
      decoderInputIds.set(labels.subarray(target, target + example.labels.length - 1), target + 1);
      sourceTokens += example.inputIds.length;
      targetTokens += example.labels.length;
    });
    return {
      size,
      sourceLength,
      targetLength,
      inputIds,
      attentionMask,
      decoderInputIds,
      labels,
      sourceTokens,
      targetTokens,
      indices: indices.slice(),
    };
  }
}

/** The places, from `start` to before `end`, of a batch's examples, and its padded lengths. */
interface BatchPlan {
  readonly start: number;
  readonly end: number;
  readonly sourceLength: number;
  readonly targetLength: number;
}

/** Cuts sorted examples into batches, each as large as it may be. */
function plan(
  sorted: Int32Array,
  sources: readonly number[],
  targets: readonly number[],
  full: (plan: BatchPlan) => boolean,
): BatchPlan[] {
  const plans: BatchPlan[] = [];
  let current: BatchPlan | undefined;
  sorted.forEach((example, place) => {
    const alone = {
      start: place,
      end: place + 1,
      sourceLength: sources[example]!,
      targetLength: targets[example]!,
    };
    const grown = current && {
      start: current.start,
      end: place + 1,
      sourceLength: Math.max(current.sourceLength, alone.sourceLength),
      targetLength: Math.max(current.targetLength, alone.targetLength),
    };
    if (grown && !full(grown)) {
      current = grown;
    } else {
      if (current) plans.push(current);
      current = alone;
    }
  });
  if (current) plans.push(current);
  return plans;
}
