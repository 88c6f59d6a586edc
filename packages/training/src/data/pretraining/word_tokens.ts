import type { EncodeOptions, Encoding } from '@chui/tokenizer';

/** What of a tokenizer is needed to learn from plain text; every `Tokenizer` of @chui/tokenizer has it. */
export interface PlainTokenizer {
  encode(text: string, options?: EncodeOptions): Encoding;
}

/** A text is nothing but text, even where it has the name of a special token. */
export const PLAIN = {
  addSpecialTokens: false,
  splitSpecialTokens: true,
  truncation: false,
  padding: false,
} as const;

/** The tokens of a text without special ones, and the word of each; other words have other numbers. */
export interface WordTokens {
  readonly ids: Int32Array;
  readonly wordIds: Int32Array;
}

/**
 * The tokens of each text of a document. Words are numbered through the document, so that its texts may be put one after
 * the other.
 */
export function encodeDocument(texts: readonly string[], tokenizer: PlainTokenizer): WordTokens[] {
  let next = 0;
  return texts.map((text) => {
    const encoding = tokenizer.encode(text, PLAIN);
    const ids = Int32Array.from(encoding.ids);
    const first = next;
    const wordIds = Int32Array.from(encoding.wordIds, (word) => {
      if (word === null) return -1;
      next = Math.max(next, first + word + 1);
      return first + word;
    });
    return { ids, wordIds };
  });
}
