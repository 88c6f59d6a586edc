import { type RepeatedPart, repeatedParts, separator } from './repeated_parts.js';
import type { WordCounts } from './word_counter.js';

/** Pieces at most to begin with. */
const mostSeeds = 1_000_000;

/** A piece with the logarithm of how likely it is. */
export interface Piece {
  text: string;
  score: number;
}

/**
 * The pieces that the choice begins with: all characters by falling count, then the parts that several words have, by
 * what they would save. As in the reference, parts are counted once a word, however often that is there; equals are
 * ordered by falling code points.
 */
export function seedPieces(counts: WordCounts, maxPieceLength: number): Piece[] {
  const characters = characterCounts(counts);
  const text = joinWords(counts);
  const seeds = [...characters]
    .sort(([a, countA], [b, countB]) => countB - countA || b.codePointAt(0)! - a.codePointAt(0)!)
    .map(([character, count]) => ({ text: character, score: count }));
  const parts = [...repeatedParts(text, maxPieceLength)].sort(byWorth);
  for (const part of parts.slice(0, mostSeeds - seeds.length)) {
    const codes = text.subarray(part.start, part.start + part.length);
    seeds.push({ text: String.fromCodePoint(...codes), score: worth(part) });
  }
  const sum = Math.log(seeds.reduce((total, { score }) => total + score, 0));
  for (const seed of seeds) seed.score = Math.log(seed.score) - sum;
  return seeds;
}

const worth = ({ count, length }: RepeatedPart) => count * length;

const byWorth = (a: RepeatedPart, b: RepeatedPart) =>
  worth(b) - worth(a) || b.order - a.order || b.length - a.length;

function characterCounts(counts: WordCounts): Map<string, number> {
  const characters = new Map<string, number>();
  for (const [word, count] of counts) {
    for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
  }
  characters.delete('\0');
  return characters;
}

/** The code points of all words, with a separator after each. */
function joinWords(counts: WordCounts): Int32Array {
  let length = 0;
  for (const word of counts.keys()) length += word.length + 1;
  const text = new Int32Array(length);
  let end = 0;
  for (const word of counts.keys()) {
    for (const character of word) text[end++] = character.codePointAt(0)!;
    text[end++] = separator;
  }
  return text.subarray(0, end);
}
