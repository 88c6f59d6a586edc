import type { MaskableExample } from '../collators/data_collator_for_masked_language_modeling.js';
import { tokenWindows } from '../token_windows.js';
import type { WordTokens } from './word_tokens.js';

export interface MaskedWindowsOptions {
  /** Most tokens of an example, special ones included. */
  readonly length: number;
  /** Begins an example. */
  readonly clsTokenId: number;
  /** Ends an example, and stands between documents. */
  readonly sepTokenId: number;
}

/** Stands for the word of tokens that are never to be guessed. */
const NO_WORD = -1;

/**
 * Examples for masked language models, packed full: documents are put one after the other with a separator between, and cut
 * into `[CLS] … [SEP]` of one length, so that only the last is shorter.
 *
 * @param documents the tokens of the texts of each document
 * @throws RangeError if `length` has no room for two tokens between the special ones.
 * @see Liu et al. (2019), section 4.2, FULL-SENTENCES, https://arxiv.org/abs/1907.11692
 */
export function maskedWindows(
  documents: readonly (readonly WordTokens[])[],
  { length, clsTokenId, sepTokenId }: MaskedWindowsOptions,
): MaskableExample[] {
  if (!Number.isInteger(length) || length < 4) {
    throw new RangeError(`length must be an integer of at least 4, but is ${length}`);
  }
  const full = documents.filter((texts) => texts.some(({ ids }) => ids.length > 0));
  const cut = (field: keyof WordTokens, separatorTokenId: number) =>
    tokenWindows(
      full.map((texts) => joined(texts.map((text) => text[field]))),
      { length: length - 2, separatorTokenId },
    );
  const words = cut('wordIds', NO_WORD);
  return Array.from(cut('ids', sepTokenId), ({ inputIds }) => ({
    inputIds: Int32Array.of(clsTokenId, ...inputIds, sepTokenId),
    wordIds: Int32Array.of(NO_WORD, ...(words.next().value as { inputIds: Int32Array }).inputIds, NO_WORD),
  }));
}

export function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
