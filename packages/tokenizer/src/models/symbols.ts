import { MergeQueue } from './merge_queue.js';
import type { Merges } from './merges.js';

/** Longer arrays are not kept for the next word. */
const longestKept = 1 << 16;

/** The tokens of a word while they are merged: a linked list in typed arrays, which serve one word after another. */
export class Symbols {
  private ids = new Int32Array(64);
  /** Bytes of each; 0 once it is merged into the one before. */
  private lengths = new Int32Array(64);
  private before = new Int32Array(64);
  private after = new Int32Array(64);
  private added = 0;
  private readonly queue = new MergeQueue();

  /** Symbols that were added, merged ones included. */
  get count(): number {
    return this.added;
  }

  id(place: number): number {
    return this.ids[place]! >>> 0;
  }

  byteLength(place: number): number {
    return this.lengths[place]!;
  }

  /** The place of the next symbol; `count` or more after the last. */
  next(place: number): number {
    return this.after[place]!;
  }

  clear(): void {
    this.added = 0;
    if (this.ids.length > longestKept) this.resize(64);
  }

  add(id: number, byteLength: number): void {
    const place = this.added++;
    if (place === this.ids.length) this.resize(2 * place);
    this.ids[place] = id;
    this.lengths[place] = byteLength;
    this.before[place] = place - 1;
    this.after[place] = place + 1;
  }

  /**
   * Merges by rank, and from the left among equals.
   *
   * @param isSkipped draws whether a merge that is possible waits until another one is done
   */
  merge(merges: Merges, isSkipped?: () => boolean): void {
    const { queue } = this;
    queue.clear();
    for (let i = 0; i + 1 < this.added; i++) this.offer(merges, i);
    const skipped: [rank: number, place: number][] = [];
    while (queue.size > 0) {
      const { rank, place } = queue;
      queue.pop();
      if (isSkipped?.()) {
        skipped.push([rank, place]);
        continue;
      }
      for (const [rank, place] of skipped) queue.push(rank, place);
      skipped.length = 0;
      this.mergeAt(place, merges, merges.result(rank));
    }
  }

  /** Merges the symbol with the next one, unless that would not give `result` any more. */
  private mergeAt(place: number, merges: Merges, result: number): void {
    const { ids, lengths, before, after } = this;
    const right = after[place]!;
    if (lengths[place] === 0 || right >= this.added) return;
    const rank = merges.rank(ids[place]!, ids[right]!);
    if (rank < 0 || merges.result(rank) !== result) return;
    ids[place] = result;
    lengths[place]! += lengths[right]!;
    lengths[right] = 0;
    after[place] = after[right]!;
    if (after[place]! < this.added) before[after[place]!] = place;
    if (before[place]! >= 0) this.offer(merges, before[place]!);
    this.offer(merges, place);
  }

  /** Puts the symbol and the next one into the queue if they may be merged. */
  private offer(merges: Merges, place: number): void {
    const right = this.after[place]!;
    if (right >= this.added) return;
    const rank = merges.rank(this.ids[place]!, this.ids[right]!);
    if (rank >= 0) this.queue.push(rank, place);
  }

  private resize(size: number): void {
    const arrays = [this.ids, this.lengths, this.before, this.after];
    const [ids, lengths, before, after] = arrays.map((old) => {
      const array = new Int32Array(size);
      array.set(old.subarray(0, Math.min(size, this.added)));
      return array;
    });
    Object.assign(this, { ids, lengths, before, after });
  }
}
