import { splitsPair } from './characters.js';

/** Others than ASCII and much of Latin, Greek, Cyrillic, kana and Han, which are graphemes by themselves wherever they stand. */
const mayJoin =
  /[^\p{ASCII}\u00ae-\u02ff\u0370-\u0482\u048a-\u0530\u2010-\u2027\u2030-\u203b\u3001-\u3029\u3041-\u3096\u309b-\u3296\u3300-\ua66e\uac00-\ud7a3\uff01-\uff9d\uffe0-\uffef]|\r/u;

/** UTF-16 units that are segmented at once: of long texts V8's segmenter takes time with their square. */
const CHUNK = 1000;

let segmenter: Intl.Segmenter | undefined;

/** The graphemes of a text, what people take for one character, by the Unicode version of the JavaScript engine. */
export function graphemesOf(text: string): Iterable<string> {
  if (!mayJoin.test(text)) return text;
  const graphemes: string[] = [];
  for (let [start, size] = [0, CHUNK]; start < text.length; ) {
    const end = splitsPair(text, start + size) ? start + size - 1 : start + size;
    const found = segment(text.slice(start, end));
    if (end < text.length && found.length === 1) {
      size *= 2;
      continue;
    }
    // The last may go on behind the end, so the next part begins with it.
    const whole = end < text.length ? found.slice(0, -1) : found;
    for (const grapheme of whole) {
      graphemes.push(grapheme);
      start += grapheme.length;
    }
    size = CHUNK;
  }
  return graphemes;
}

function segment(text: string): string[] {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment: grapheme }) => grapheme);
}
