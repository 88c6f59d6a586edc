import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { randomStream } from '../../random.js';
import type { Sequences } from './character_model.js';

/** A text as numbers of its characters, of which the last tenth is kept aside. */
export class CharacterText implements Sequences {
  readonly vocabSize: number;
  private readonly train: Int32Array;
  private readonly dev: Int32Array;

  /** @throws RangeError if the text has fewer than 10,000 characters. */
  constructor(text: string) {
    const characters = [...text];
    if (characters.length < 10_000) {
      throw new RangeError(`text must have at least 10000 characters, but has ${characters.length}`);
    }
    const ids = new Map([...new Set(characters)].sort().map((character, id) => [character, id]));
    this.vocabSize = ids.size;
    const all = Int32Array.from(characters, (character) => ids.get(character)!);
    const cut = Math.floor(all.length * 0.9);
    [this.train, this.dev] = [all.subarray(0, cut), all.subarray(cut)];
  }

  /** Windows at random places of the text to learn from, (count, length), another for each step. */
  trainWindows(count: number, length: number, seed: number, step: number): Tensor2D {
    const random = randomStream(seed, step);
    return windows(this.train, length, () => Math.floor(random() * (this.train.length - length + 1)), count);
  }

  /** Windows at even distances of what is kept aside, always the same. */
  devWindows(count: number, length: number): Tensor2D {
    const distance = Math.floor((this.dev.length - length) / count);
    let begin = -distance;
    return windows(this.dev, length, () => (begin += distance), count);
  }
}

function windows(of: Int32Array, length: number, next: () => number, count: number): Tensor2D {
  const values = new Int32Array(count * length);
  for (let row = 0; row < count; row++) {
    const begin = next();
    values.set(of.subarray(begin, begin + length), row * length);
  }
  return tensor2d(values, [count, length], 'int32');
}
