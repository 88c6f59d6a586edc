/** Splits a text without spaces into words, which come in the text's order; what is between them, white space say, is left out. */
export type WordSegmenter = (text: string) => Iterable<string>;

const known = new Map<string, WordSegmenter>([
  ['intl', intlWords],
  ['characters', (text) => text],
]);

/**
 * Names a segmenter of words, for pre-tokenizers `{ type: 'WordSegmentation', segmenter: name }` to find.
 *
 * @example
 * registerWordSegmenter('lindera', (text) => lindera.tokenize(text).map(({ surface }) => surface));
 */
export function registerWordSegmenter(name: string, segmenter: WordSegmenter): void {
  known.set(name, segmenter);
}

export const hasWordSegmenter = (name: string): boolean => known.has(name);

/** @throws Error if there is no segmenter of this name */
export function wordSegmenterOf(name: string): WordSegmenter {
  const found = known.get(name);
  if (found) return found;
  const help = name === 'kuromoji' ? 'await loadKuromoji() registers it' : 'see registerWordSegmenter';
  throw new Error(`segmenter must be one of ${[...known.keys()].join(', ')}, but is ${name} (${help})`);
}

let segmenter: Intl.Segmenter | undefined;

/** Words by the dictionary of the JavaScript engine. */
function intlWords(text: string): string[] {
  segmenter ??= new Intl.Segmenter('ja', { granularity: 'word' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
