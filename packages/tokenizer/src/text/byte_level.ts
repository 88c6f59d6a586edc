import type { NormalizedString } from './normalized_string.js';

/**
 * The character that stands for each byte in byte-level vocabularies, as a UTF-16 unit: printable ones of Latin-1 stand
 * for themselves, the others are moved to U+0100 and after it, in their order. A space is `Ġ`, a line feed `Ċ`.
 */
export const byteUnits: Uint16Array = new Uint16Array(256);

/** The byte that each unit up to U+0143 stands for; -1 where it is none's. */
export const unitBytes: Int16Array = new Int16Array(0x144).fill(-1);

let moved = 0x100;
for (let byte = 0; byte < 256; byte++) {
  const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  byteUnits[byte] = isPrintable ? byte : moved++;
  unitBytes[byteUnits[byte]!] = byte;
}

/** The same as strings. */
const byteCharacters: readonly string[] = Array.from(byteUnits, (unit) => String.fromCharCode(unit));

/** The text with the character of each byte of its UTF-8 form; lone surrogates become the bytes of U+FFFD. */
export function toByteCharacters(text: string): string {
  return isAscii(text) ? asciiToByteCharacters(text) : expand(text);
}

/** The same with offsets: the bytes of a character all have its place. */
export function normalizeToByteCharacters(text: NormalizedString): NormalizedString {
  if (isAscii(text.text)) return text.replace(asciiToByteCharacters(text.text));
  const sources = new Uint32Array(3 * text.length);
  return text.rewrite(expand(text.text, sources), sources);
}

/** Only the ASCII characters as their bytes' characters, unit for unit. */
export function asciiToByteCharacters(text: string): string {
  const spaced = text.replaceAll(' ', byteCharacters[0x20]!);
  return spaced.replace(/[^!-~\x80-\uffff]/g, (control) => byteCharacters[control.charCodeAt(0)]!);
}

/** Whether units `start` to `end` are all ASCII. */
export function isAscii(text: string, start = 0, end = text.length): boolean {
  for (let i = start; i < end; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** @param sources filled with the index of the character that each new unit comes from */
function expand(text: string, sources?: Uint32Array): string {
  let bytes = '';
  for (let i = 0; i < text.length; i++) {
    const [first, start] = [i, bytes.length];
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    bytes += utf8Characters(code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    sources?.fill(first, start, bytes.length);
  }
  return bytes;
}

function utf8Characters(code: number): string {
  if (code < 0x80) return byteCharacters[code]!;
  const last = byteCharacters[0x80 | (code & 0x3f)]!;
  if (code < 0x800) return byteCharacters[0xc0 | (code >> 6)]! + last;
  const third = byteCharacters[0x80 | ((code >> 6) & 0x3f)]! + last;
  if (code < 0x10000) return byteCharacters[0xe0 | (code >> 12)]! + third;
  return byteCharacters[0xf0 | (code >> 18)]! + byteCharacters[0x80 | ((code >> 12) & 0x3f)]! + third;
}
