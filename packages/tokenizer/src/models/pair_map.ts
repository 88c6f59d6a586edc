/**
 * Maps pairs of 32-bit integers to integers from 0. It is one hash table in a typed array, so that a look-up makes
 * neither a string nor an object.
 */
export class PairMap {
  /** Slots of three: first, second, value + 1; 0 there marks a free slot. */
  private slots = new Int32Array(3 * 64);
  private mask = 63;
  private count = 0;

  /** -1 if the pair has no value. */
  get(first: number, second: number): number {
    return this.slots[this.find(first | 0, second | 0) + 2]! - 1;
  }

  set(first: number, second: number, value: number): void {
    const slot = this.find(first | 0, second | 0);
    if (this.slots[slot + 2] === 0 && 2 * ++this.count > this.mask) {
      this.grow();
      this.put(this.find(first | 0, second | 0), first, second, value);
    } else {
      this.put(slot, first, second, value);
    }
  }

  private put(slot: number, first: number, second: number, value: number): void {
    this.slots[slot] = first;
    this.slots[slot + 1] = second;
    this.slots[slot + 2] = value + 1;
  }

  /** The slot that has the pair, or the free one where it belongs. */
  private find(first: number, second: number): number {
    const { slots, mask } = this;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (; ; hash++) {
      const slot = 3 * (hash & mask);
      if (slots[slot + 2] === 0 || (slots[slot] === first && slots[slot + 1] === second)) return slot;
    }
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length);
    this.mask = 2 * this.mask + 1;
    for (let i = 0; i < old.length; i += 3) {
      if (old[i + 2] !== 0) this.put(this.find(old[i]!, old[i + 1]!), old[i]!, old[i + 1]!, old[i + 2]! - 1);
    }
  }
}
