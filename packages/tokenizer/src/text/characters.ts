/** What `\w` of Rust's regular expressions matches: letters, marks, decimal digits, connectors, joiners. */
export const wordCharacters = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';

const word = new RegExp(`^[${wordCharacters}]`, 'u');
const space = /^\p{White_Space}/u;

export const startsWithWord = (text: string): boolean => word.test(text);
export const startsWithSpace = (text: string): boolean => space.test(text);

/** The character (code point) at an index of UTF-16 units; empty at the end. */
export function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? '' : String.fromCodePoint(code);
}

/** The character that ends before `index`; empty at the start. */
export function characterBefore(text: string, index: number): string {
  const pair = index > 1 ? characterAt(text, index - 2) : '';
  return pair.length === 2 ? pair : text.slice(Math.max(0, index - 1), index);
}

/** Whether `index` falls between the halves of a surrogate pair. */
export const splitsPair = (text: string, index: number): boolean =>
  index > 0 && (text.codePointAt(index - 1) ?? 0) > 0xffff;

/** Orders texts by code points; `<` orders them by UTF-16 units, which puts U+1F600 before U+FF01. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Puts surrogates after all other units. */
const rank = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x10000 : unit);
