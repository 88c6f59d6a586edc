/**
 * A queue that gives the item of the highest priority first: a heap with four children a node. Items of the same
 * priority come in the order of the heap that the reference uses, on which the choice of pieces that tie depends.
 */
export class BestFirst<Item> {
  private readonly items: Item[] = [];
  private readonly priorities: number[] = [];

  push(item: Item, priority: number): void {
    this.rise(this.items.length, item, priority);
  }

  /** Removes the first; undefined if there is none. */
  pop(): Item | undefined {
    const { items, priorities } = this;
    const first = items[0];
    const last = items.pop();
    const priority = priorities.pop();
    const size = items.length;
    if (size === 0) return first;
    let hole = 0;
    for (let child = 1; child < size; child = 4 * hole + 1) {
      let highest = child;
      for (let other = child + 1; other < Math.min(child + 4, size); other++) {
        if (priorities[highest]! < priorities[other]!) highest = other;
      }
      this.put(hole, items[highest]!, priorities[highest]!);
      hole = highest;
    }
    this.rise(hole, last!, priority!);
    return first;
  }

  /** Puts an item in a free place, or where it belongs above that. */
  private rise(place: number, item: Item, priority: number): void {
    let child = place;
    while (child > 0) {
      const parent = (child - 1) >> 2;
      if (priority < this.priorities[parent]!) break;
      this.put(child, this.items[parent]!, this.priorities[parent]!);
      child = parent;
    }
    this.put(child, item, priority);
  }

  private put(place: number, item: Item, priority: number): void {
    this.items[place] = item;
    this.priorities[place] = priority;
  }
}
