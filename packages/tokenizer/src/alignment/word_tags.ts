import type { Encoding } from '../encoding.js';

export interface WordTagOptions {
  /** Gives its word's tag to each token; if not, only to the first of each word. */
  labelAll?: boolean;
  /** The tag of tokens that get none, which losses leave out; -100 if not given. */
  ignoreIndex?: number;
}

/**
 * The tag of each token, from those of the words of a text: special tokens, padding and a pair's tokens get none.
 *
 * Words are the tokenizer's; `encode` a list of words with `isSplitIntoWords` to have your own. In a window of
 * `overflowing` the first token of a word is its first in the window.
 *
 * @param tags one a word
 * @throws RangeError if a word has no tag
 */
export function alignWordTags(
  encoding: Encoding,
  tags: readonly number[],
  { labelAll = false, ignoreIndex = -100 }: WordTagOptions = {},
): number[] {
  let previous: number | null = null;
  return encoding.wordIds.map((word, token) => {
    if (word === null || encoding.sequenceIds[token] !== 0) return ignoreIndex;
    const tag = tags[word];
    if (tag === undefined)
      throw new RangeError(
        `tags must have one for each word, but has ${tags.length} and none for word ${word}`,
      );
    const isFirst = word !== previous;
    previous = word;
    return labelAll || isFirst ? tag : ignoreIndex;
  });
}

/**
 * The tag of each word of a text, from those of tokens: that of its first token, undefined if it has none here. Of words
 * after the last that has one, as those that were cut off, the list has nothing.
 *
 * @param tokenTags one a token, such as a model's predictions
 * @throws RangeError if the tags are not as many as the tokens
 */
export function wordTagsOf<T>(encoding: Encoding, tokenTags: readonly T[]): (T | undefined)[] {
  if (tokenTags.length !== encoding.length) {
    throw new RangeError(
      `tokenTags must be one for each of the ${encoding.length} tokens, but are ${tokenTags.length}`,
    );
  }
  const tags: (T | undefined)[] = [];
  encoding.wordIds.forEach((word, token) => {
    if (word === null || encoding.sequenceIds[token] !== 0 || word in tags) return;
    tags[word] = tokenTags[token];
  });
  return Array.from(tags);
}
