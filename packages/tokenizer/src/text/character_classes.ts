/** What a character counts as where texts are split into words. */
export const CharacterClass = { Letter: 1, Number: 2, Space: 3, Punctuation: 4, Other: 5 } as const;

/** Classes of characters of the first two planes, as far as they were asked for; else 0. */
const known = new Uint8Array(0x20000);

/**
 * The class of a code point: letters and numbers by category, and see `punctuation`. Half of a surrogate pair is of the
 * class Other.
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

/** What has become punctuation since Unicode 8, whose categories the reference has. */
const since = [
  String.raw`\u061d\u09fd\u0a76\u0c77\u0c84\u1b4e\u1b4f\u1b7d-\u1b7f\u2e43-\u2e7f\u{10d6e}\u{10ead}\u{10ed0}`,
  String.raw`\u{10f55}-\u{10f89}\u{113d4}-\u{113d8}\u{1144b}-\u{1145d}\u{11660}-\u{1166c}\u{116b9}\u{1183b}`,
  String.raw`\u{11944}-\u{11946}\u{119e2}\u{11a3f}-\u{11aa2}\u{11b00}-\u{11b09}\u{11be1}\u{11c41}-\u{11c71}`,
  String.raw`\u{11ef7}-\u{11fff}\u{12ff1}\u{12ff2}\u{16d6d}-\u{16d6f}\u{16e97}-\u{16e9a}\u{16fe2}\u{1e5ff}\u{1e95e}\u{1e95f}`,
].join('');

/** Punctuation of all scripts, with what was then, and ASCII's symbols. */
export const punctuation = new RegExp(String.raw`[[\p{P}\u166d\u{111c9}$+<=>^\`\|~]--[${since}]]`, 'v');
