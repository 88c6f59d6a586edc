/** What a character counts as where texts are split into words. */
export const CharacterClass = { Letter: 1, Number: 2, Space: 3, Punctuation: 4, Other: 5 } as const;

/** Classes of characters of the first two planes, as far as they were asked for; else 0. */
const known = new Uint8Array(0x20000);

/**
 * The class of a code point by its Unicode category; ASCII's symbols count as punctuation. Half of a surrogate pair is of
 * the class Other.
 */
export function classOf(code: number): number {
  return known[code] || classify(code);
}

function classify(code: number): number {
  const found = findClass(code);
  if (code < known.length) known[code] = found;
  return found;
}

function findClass(code: number): number {
  const character = String.fromCodePoint(code);
  if (/\p{L}/u.test(character)) return CharacterClass.Letter;
  if (/\p{N}/u.test(character)) return CharacterClass.Number;
  if (/\p{White_Space}/u.test(character)) return CharacterClass.Space;
  if (punctuation.test(character)) return CharacterClass.Punctuation;
  return CharacterClass.Other;
}

/** Punctuation of all scripts and ASCII's symbols. */
export const punctuation = /[\p{P}$+<=>^`|~]/u;
