/** Merges that wait, by their rank, then by their place: a binary heap in one typed array. */
export class MergeQueue {
  /** Rank, place, rank, place, ... */
  private items = new Int32Array(128);
  size = 0;

  get rank(): number {
    return this.items[0]!;
  }

  get place(): number {
    return this.items[1]!;
  }

  clear(): void {
    this.size = 0;
    if (this.items.length > 1 << 16) this.items = new Int32Array(128);
  }

  push(rank: number, place: number): void {
    if (2 * this.size === this.items.length) {
      const old = this.items;
      this.items = new Int32Array(2 * old.length);
      this.items.set(old);
    }
    const { items } = this;
    let child = this.size++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!isBefore(rank, place, items[2 * parent]!, items[2 * parent + 1]!)) break;
      items[2 * child] = items[2 * parent]!;
      items[2 * child + 1] = items[2 * parent + 1]!;
      child = parent;
    }
    items[2 * child] = rank;
    items[2 * child + 1] = place;
  }

  /** Removes the first. */
  pop(): void {
    const { items } = this;
    const size = --this.size;
    const rank = items[2 * size]!;
    const place = items[2 * size + 1]!;
    let parent = 0;
    for (let child = 1; child < size; child = 2 * parent + 1) {
      const right = child + 1;
      if (
        right < size &&
        isBefore(items[2 * right]!, items[2 * right + 1]!, items[2 * child]!, items[2 * child + 1]!)
      )
        child = right;
      if (!isBefore(items[2 * child]!, items[2 * child + 1]!, rank, place)) break;
      items[2 * parent] = items[2 * child]!;
      items[2 * parent + 1] = items[2 * child + 1]!;
      parent = child;
    }
    items[2 * parent] = rank;
    items[2 * parent + 1] = place;
  }
}

const isBefore = (rank: number, place: number, otherRank: number, otherPlace: number) =>
  rank < otherRank || (rank === otherRank && place < otherPlace);
