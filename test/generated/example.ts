import { sinusoidalTable } from '../../packages/layers/src/index.js';
import { values } from '../support/values.js';

/** What the pictures are drawn of. */
export const words = 'the old dog saw a young dog and the cat'.split(' ');

/** Width of the words' vectors. */
export const dim = 32;

/** Words of a kind have something in common. */
const kinds = [['the', 'a'], ['old', 'young'], ['dog', 'cat'], ['saw'], ['and']];
const vocabulary = kinds.flat();

/** Length of every vector. */
const length = 2.4;

/** The vectors of words from a position on: what the word is, what kind it is of, and a little of where it stands. */
export function vectorsOf(some: readonly string[], first = 0): number[][] {
  const table = sinusoidalTable(first + some.length, dim, 'interleaved');
  return some.map((word, index) => {
    const own = values(dim, 100 + vocabulary.indexOf(word));
    const kind = values(dim, 200 + kinds.findIndex((each) => each.includes(word)));
    const position = table.subarray((first + index) * dim);
    const sums = Array.from(own, (x, i) => x + 0.9 * kind[i]! + 0.25 * position[i]!);
    const norm = Math.hypot(...sums);
    return sums.map((x) => (length * x) / norm);
  });
}
