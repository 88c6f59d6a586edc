import { PairMap } from '../models/pair_map.js';
import type { Candidate } from './pair_queue.js';

/** How often each pair of tokens is side by side, and which words got it lately. */
export class PairCounts {
  private readonly places = new PairMap();
  private readonly counts: number[] = [];
  /** For each place the words that got the pair since it was last taken. */
  private readonly words: number[][] = [];
  private fresh: { left: number; right: number; place: number }[] = [];

  count(left: number, right: number): number {
    return this.counts[this.places.get(left, right)]!;
  }

  /** Counts a pair that a word got; its words come one after another. */
  add(left: number, right: number, count: number, word: number): void {
    const place = this.change(left, right, count);
    const words = this.words[place]!;
    if (words.length === 0) this.fresh.push({ left, right, place });
    if (words[words.length - 1] !== word) words.push(word);
  }

  /** Changes the count of a pair, and gives its place. */
  change(left: number, right: number, count: number): number {
    let place = this.places.get(left, right);
    if (place < 0) {
      place = this.counts.push(0) - 1;
      this.words.push([]);
      this.places.set(left, right, place);
    }
    this.counts[place]! += count;
    return place;
  }

  /** The pairs that words got since the last call. */
  takeFresh(): Candidate[] {
    const candidates = this.fresh.map(({ left, right, place }) => {
      const words = this.words[place]!;
      this.words[place] = [];
      return { left, right, count: this.counts[place]!, words };
    });
    this.fresh = [];
    return candidates.filter(({ count }) => count > 0);
  }
}
