/** A pair of tokens that may be merged. */
export interface Candidate {
  left: number;
  right: number;
  /** How often the pair was there when it was put into the queue. */
  count: number;
  /** The words that have the pair, each once. */
  words: number[];
}

/** Pairs that wait to be merged, the most frequent first, of equals the one with the smaller ids: a binary heap. */
export class PairQueue {
  private readonly items: Candidate[] = [];

  push(item: Candidate): void {
    const { items } = this;
    let child = items.length;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!isBefore(item, items[parent]!)) break;
      items[child] = items[parent]!;
      child = parent;
    }
    items[child] = item;
  }

  /** Removes the first; undefined if there is none. */
  pop(): Candidate | undefined {
    const { items } = this;
    const [first, last] = [items[0], items.pop()];
    if (items.length > 0) this.sink(last!);
    return first;
  }

  /** Puts an item in the place of the first. */
  private sink(item: Candidate): void {
    const { items } = this;
    let parent = 0;
    for (let child = 1; child < items.length; child = 2 * parent + 1) {
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++;
      if (!isBefore(items[child]!, item)) break;
      items[parent] = items[child]!;
      parent = child;
    }
    items[parent] = item;
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.count !== b.count) return a.count > b.count;
  return a.left < b.left || (a.left === b.left && a.right < b.right);
}
