import { CharacterClass, classOf } from './character_classes.js';

const [apostrophe, space] = [0x27, 0x20];

/**
 * Where the word that begins at `start` ends, as the regular expression of GPT-2 splits texts:
 * `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
 *
 * @param afterSpace split as if a space stood before `start`, as part of the word
 */
export function wordEnd(text: string, start: number, afterSpace = false): number {
  const first = text.charCodeAt(start);
  if (first === apostrophe && !afterSpace) {
    const length = contractionLength(text, start);
    if (length > 0) return start + length;
  }
  const begin = first === space && !afterSpace && start + 1 < text.length ? start + 1 : start;
  const kind = kindAt(text, begin);
  const isSpace = kind === CharacterClass.Space;
  let end = isSpace ? start : begin;
  while (end < text.length && kindAt(text, end) === kind) end += isPairAt(text, end) ? 2 : 1;
  // the last space before a word goes with it, unless it is the only one
  const onlyOne = end - start === 1 && !afterSpace;
  return isSpace && end < text.length && !onlyOne ? end - 1 : end;
}

/** Letter, Number, Space or Other. */
function kindAt(text: string, index: number): number {
  const kind = classOf(text.codePointAt(index)!);
  return kind === CharacterClass.Punctuation ? CharacterClass.Other : kind;
}

const isPairAt = (text: string, index: number) => text.codePointAt(index)! > 0xffff;

/** Length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at an apostrophe; 0 if none is there. */
function contractionLength(text: string, index: number): number {
  switch (text[index + 1]) {
    case 's':
    case 't':
    case 'm':
    case 'd':
      return 2;
    case 'r':
    case 'v':
      return text[index + 2] === 'e' ? 3 : 0;
    case 'l':
      return text[index + 2] === 'l' ? 3 : 0;
    default:
      return 0;
  }
}
