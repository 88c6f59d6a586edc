/** Splits a text without spaces into words, which come in the text's order; what is between them, white space say, is left out. */
export type WordSegmenter = (text: string) => Iterable<string>;

const known = new Map<string, WordSegmenter>([
  ['intl', intlWords],
  ['characters', (text) => text],
]);

/**
 * Names a segmenter of words, for pre-tokenizers `{ type: 'WordSegmentation', segmenter: name }` to find.
 *
 * @throws TypeError if it is no function
 * @example
 * registerWordSegmenter('lindera', (text) => lindera.tokenize(text).map(({ surface }) => surface));
 */
export function registerWordSegmenter(name: string, segmenter: WordSegmenter): void {
  if (typeof segmenter !== 'function')
    throw new TypeError(`segmenter must be a function, but is ${JSON.stringify(segmenter)}`);
  known.set(name, segmenter);
}

export const hasWordSegmenter = (name: string): boolean => known.has(name);

/** What the name of a segmenter must be. */
export function wordSegmenterRule(name: string): string {
  const help = name === 'kuromoji' ? 'await loadKuromoji() registers it' : 'see registerWordSegmenter';
  return `must be one of ${[...known.keys()].join(', ')} (${help})`;
}

/** @throws Error if there is no segmenter of this name */
export function wordSegmenterOf(name: string): WordSegmenter {
  const found = known.get(name);
  if (!found) throw new Error(`segmenter ${wordSegmenterRule(name)}, but is ${name}`);
  return found;
}

let segmenter: Intl.Segmenter | undefined;

/** Words by the dictionary of the JavaScript engine. */
function intlWords(text: string): string[] {
  segmenter ??= new Intl.Segmenter('ja', { granularity: 'word' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
