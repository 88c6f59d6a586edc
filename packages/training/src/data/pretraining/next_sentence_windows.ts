import type { MaskableExample } from '../collators/data_collator_for_masked_language_modeling.js';
import { type NextSentencesOptions, nextSentences } from '../next_sentences.js';
import { joined, type MaskedWindowsOptions } from './masked_windows.js';
import type { WordTokens } from './word_tokens.js';

export interface NextSentenceWindowsOptions extends MaskedWindowsOptions, NextSentencesOptions {}

/** Two spans of text, whose hidden tokens are to be guessed, and whether the second follows the first. */
export interface NextSentenceExample extends MaskableExample {
  readonly tokenTypeIds: Int32Array;
  /** 0 if it follows, 1 if it is of another document. */
  readonly nextSentenceLabel: 0 | 1;
}

/**
 * Examples for BERT's two objectives: `[CLS] A [SEP] B [SEP]`, where A and B are spans of at most half an example: whole
 * texts of a document as long as they fit, and parts of longer ones; a short document becomes two. B is the span after A, or one of another document.
 *
 * @param documents the tokens of the texts of each document
 * @throws RangeError if `length` has no room for spans of a token, or there are not two documents with a token.
 * @see Devlin et al. (2019), appendix A.2, https://arxiv.org/abs/1810.04805; there some examples are shorter at random
 */
export function nextSentenceWindows(
  documents: readonly (readonly WordTokens[])[],
  { length, clsTokenId, sepTokenId, ...options }: NextSentenceWindowsOptions,
): NextSentenceExample[] {
  if (!Number.isInteger(length) || length < 5) {
    throw new RangeError(`length must be an integer of at least 5, but is ${length}`);
  }
  const most = Math.floor((length - 3) / 2);
  const spans = documents.map((texts) => [...spansOf(texts, most)]);
  return nextSentences(spans, options).map(({ first, second, label }) => {
    const tokenTypeIds = new Int32Array(3 + first.ids.length + second.ids.length);
    tokenTypeIds.fill(1, 2 + first.ids.length);
    return {
      inputIds: Int32Array.of(clsTokenId, ...first.ids, sepTokenId, ...second.ids, sepTokenId),
      wordIds: Int32Array.of(-1, ...first.wordIds, -1, ...second.wordIds, -1),
      tokenTypeIds,
      nextSentenceLabel: label,
    };
  });
}

/** The texts of a document in spans of at most `most` tokens, and of about half of a shorter document. */
function* spansOf(texts: readonly WordTokens[], most: number): Generator<WordTokens> {
  const total = texts.reduce((sum, { ids }) => sum + ids.length, 0);
  const wanted = Math.min(most, Math.ceil(total / 2));
  let parts: WordTokens[] = [];
  let length = 0;
  for (const { ids, wordIds } of texts) {
    for (let start = 0; start < ids.length; start += most) {
      const part = {
        ids: ids.subarray(start, start + most),
        wordIds: wordIds.subarray(start, start + most),
      };
      if (length > 0 && length + part.ids.length > wanted) {
        yield together(parts);
        [parts, length] = [[], 0];
      }
      parts.push(part);
      length += part.ids.length;
    }
  }
  if (length > 0) yield together(parts);
}

const together = (parts: readonly WordTokens[]): WordTokens => ({
  ids: joined(parts.map(({ ids }) => ids)),
  wordIds: joined(parts.map(({ wordIds }) => wordIds)),
});
