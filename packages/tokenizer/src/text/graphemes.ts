/** Others than ASCII and much of Latin, Greek, Cyrillic, kana and Han, which are graphemes by themselves wherever they stand. */
const mayJoin =
  /[^\p{ASCII}\u00ae-\u02ff\u0370-\u0482\u048a-\u0530\u2010-\u2027\u2030-\u203b\u3001-\u3029\u3041-\u3096\u309b-\u3296\u3300-\ua66e\uac00-\ud7a3\uff01-\uff9d\uffe0-\uffef]|\r/u;

let segmenter: Intl.Segmenter | undefined;

/** The graphemes of a text, what people take for one character, by the Unicode version of the JavaScript engine. */
export function graphemesOf(text: string): Iterable<string> {
  if (!mayJoin.test(text)) return text;
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
