import type { PairCounts } from './pair_counts.js';

/** Words as the ids of their tokens while those are merged: all in one typed array, where each shrinks in its place. */
export class MergedWords {
  /** How many characters each token has. */
  private readonly lengths: Int32Array;
  private readonly ids: Int32Array;
  /** Where each word begins, */
  private readonly starts: Int32Array;
  /** and ends. */
  private readonly ends: Int32Array;

  /**
   * @param ids the tokens of all words
   * @param starts where each word begins, and the end of the last
   * @param counts how often each word is there
   * @param maxTokenLength longer tokens, and those of just as many characters, are no pairs' any more
   */
  constructor(
    ids: readonly number[],
    starts: readonly number[],
    private readonly counts: readonly number[],
    private readonly maxTokenLength: number,
  ) {
    this.ids = Int32Array.from(ids);
    this.lengths = new Int32Array(ids.length).fill(1);
    this.starts = Int32Array.from(starts);
    this.ends = this.starts.slice(1);
  }

  get size(): number {
    return this.counts.length;
  }

  countPairs(word: number, pairs: PairCounts): void {
    const end = this.ends[word]!;
    const count = this.counts[word]!;
    for (let i = this.starts[word]! + 1; i < end; i++) pairs.add(this.ids[i - 1]!, this.ids[i]!, count, word);
  }

  /** Puts `merged` for each `left` and `right` side by side, from the start of the word on. */
  merge(word: number, left: number, right: number, merged: number, pairs: PairCounts): void {
    const { ids, lengths } = this;
    const start = this.starts[word]!;
    const end = this.ends[word]!;
    let to = start;
    for (let from = start; from < end; from++, to++) {
      if (ids[from] !== left || from + 1 === end || ids[from + 1] !== right) {
        ids[to] = ids[from]!;
        lengths[to] = lengths[from]!;
        continue;
      }
      const length = lengths[from]! + lengths[from + 1]!;
      from++;
      ids[to] = merged;
      lengths[to] = length;
      if (to > start) {
        this.exchange(word, pairs, ids[to - 1]!, left, ids[to - 1]!, merged, lengths[to - 1]! + length);
      }
      if (from + 1 < end) {
        const next = ids[from + 1]!;
        this.exchange(word, pairs, right, next, merged, next, lengths[from + 1]! + length);
      }
    }
    this.ends[word] = to;
  }

  /** Takes a pair of the word for another one, if the token of that would not be too long. */
  private exchange(
    word: number,
    pairs: PairCounts,
    oldLeft: number,
    oldRight: number,
    left: number,
    right: number,
    length: number,
  ): void {
    const count = this.counts[word]!;
    pairs.change(oldLeft, oldRight, -count);
    if (length < this.maxTokenLength) pairs.add(left, right, count, word);
  }
}
