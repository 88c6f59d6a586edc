import { decoders } from '../decoders/index.js';
import { JsonNode } from '../json/json_node.js';
import { normalizers } from '../normalizers/index.js';
import type { Normalizer } from '../normalizers/normalizer.js';
import { postProcessors } from '../post_processors/index.js';
import { preTokenizers } from '../pre_tokenizers/index.js';
import type { PreTokenizer } from '../pre_tokenizers/pre_tokenizer.js';
import { NormalizedString } from '../text/normalized_string.js';
import type { Components, Texts, TrainingOptions } from './training_options.js';

/** How often each word is there, in the order of their first appearance. */
export type WordCounts = ReadonlyMap<string, number>;

/**
 * Counts the words of texts, which is all that trainers know of them. A word with half a surrogate pair, which no file
 * could hold, is left out.
 */
export class WordCounter {
  readonly counts = new Map<string, number>();
  private readonly normalizer: Normalizer | undefined;
  private readonly preTokenizer: PreTokenizer | undefined;

  /** @throws Error if a component is unknown or damaged, those that come after the model too */
  constructor({ normalizer, preTokenizer, postProcessor, decoder }: Components) {
    this.normalizer = normalizers.buildOptional(JsonNode.of(normalizer, 'normalizer'));
    this.preTokenizer = preTokenizers.buildOptional(JsonNode.of(preTokenizer, 'preTokenizer'));
    postProcessors.buildOptional(JsonNode.of(postProcessor, 'postProcessor'));
    decoders.buildOptional(JsonNode.of(decoder, 'decoder'));
  }

  /** @throws TypeError if the text is no string */
  add(text: string): void {
    if (typeof text !== 'string') throw new TypeError(`texts must be strings, but one is ${typeof text}`);
    const original = NormalizedString.of(text);
    const normalized = this.normalizer?.normalize(original) ?? original;
    for (const { text: word } of this.preTokenizer?.preTokenize(normalized) ?? [normalized]) {
      const count = this.counts.get(word);
      if (count !== undefined) this.counts.set(word, count + 1);
      else if (word !== '' && !/\p{Surrogate}/u.test(word)) this.counts.set(detached(word), 1);
    }
  }
}

/** A copy: engines let a long part of a text point into it, which would keep all texts in memory. */
const detached = (word: string) => ` ${word}`.slice(1);

/** @throws TypeError if texts are one text, or no list at all */
export function checkTexts(texts: Texts): void {
  if (typeof texts === 'string') throw new TypeError('texts must be a list of texts, but is one text');
  const isList =
    typeof texts === 'object' &&
    texts !== null &&
    (Symbol.iterator in texts || Symbol.asyncIterator in texts);
  if (!isList)
    throw new TypeError(
      `texts must be a list or a stream of texts, but is ${texts === null ? texts : typeof texts}`,
    );
}

/** Counts the words of a list or a stream. @throws TypeError if it is none, or if a text is no string */
export async function countWords(
  texts: Texts,
  components: Components,
  { onProgress }: TrainingOptions,
): Promise<WordCounts> {
  checkTexts(texts);
  const counter = new WordCounter(components);
  let done = 0;
  for await (const text of texts) {
    counter.add(text);
    if (++done % 1000 === 0) onProgress?.({ stage: 'count words', done });
  }
  onProgress?.({ stage: 'count words', done, total: done });
  return counter.counts;
}
