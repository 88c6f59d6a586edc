import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { randomStream } from '../../random.js';
import type { Sequences } from './character_model.js';

/** Keys that there are, and as many values. */
const NAMES = 16;
/** Step of the sequences that are kept aside: training never comes so far. */
const DEV_STEP = 2 ** 31;

/**
 * Sequences to look something up in: items, each a key with a value, then one of the keys, then its value, which can only be
 * read off the item. An item is one number, key · 16 + value; a key that is asked for is 256 + key, and a value stands for
 * itself.
 */
export class LookUps implements Sequences {
  readonly vocabSize = NAMES ** 2 + NAMES;
  /** Numbers of a sequence. */
  readonly length: number;

  /** @param items of a sequence, with as many keys, at most 16 */
  constructor(private readonly items: number) {
    this.length = items + 2;
  }

  trainWindows(count: number, _length: number, seed: number, step: number): Tensor2D {
    return this.draw(count, randomStream(seed, step));
  }

  devWindows(count: number): Tensor2D {
    return this.draw(count, randomStream(1, DEV_STEP));
  }

  private draw(count: number, random: () => number): Tensor2D {
    const below = (end: number) => Math.floor(random() * end);
    const rows = Array.from({ length: count }, () => {
      const keys = Array.from({ length: NAMES }, (_, key) => key);
      const items = Array.from({ length: this.items }, () => ({
        key: keys.splice(below(keys.length), 1)[0]!,
        value: below(NAMES),
      }));
      const { key, value } = items[below(this.items)]!;
      return [...items.map((item) => item.key * NAMES + item.value), NAMES ** 2 + key, value];
    });
    return tensor2d(rows, [count, this.length], 'int32');
  }
}
