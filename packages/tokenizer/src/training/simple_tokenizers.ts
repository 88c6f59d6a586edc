import type { UnicodeForm } from '../text/unicode_forms.js';
import type { Tokenizer } from '../tokenizer.js';
import { trainWordLevelSync } from './train_word_level.js';

/** How the vocabulary of a character or word tokenizer is made. */
export interface SimpleTokenizerOptions {
  /** Lowercases texts; false if not given. */
  lowercase?: boolean;
  /** Brings texts into a Unicode normalization form; if not given they stay as they are. */
  unicodeForm?: UnicodeForm;
  /** Tokens at most, the four special ones included; 30,000 if not given. */
  vocabSize?: number;
  /** How often a character or word must occur; 0 if not given. */
  minFrequency?: number;
}

/**
 * A tokenizer with one token a character (code point), for the characters of the texts. Decoding gives back the text,
 * white space included, if all its characters are known and no option changes it.
 *
 * Ids are [PAD] 0, [UNK] 1, [BOS] 2, [EOS] 3, then characters by falling count; a text becomes `[BOS] text [EOS]`.
 */
export function characterTokenizer(texts: Iterable<string>, options: SimpleTokenizerOptions = {}): Tokenizer {
  const everyCharacter = {
    type: 'Split',
    pattern: { Regex: '[\\s\\S]' },
    behavior: 'Isolated',
    invert: false,
  };
  return train(texts, options, everyCharacter, { type: 'Fuse' });
}

/**
 * A tokenizer with one token a word, for texts that have their words, punctuation too, between spaces. Decoding joins
 * tokens by spaces.
 *
 * Ids are [PAD] 0, [UNK] 1, [BOS] 2, [EOS] 3, then words by falling count; a text becomes `[BOS] text [EOS]`.
 */
export function wordTokenizer(texts: Iterable<string>, options: SimpleTokenizerOptions = {}): Tokenizer {
  return train(texts, options, { type: 'WhitespaceSplit' }, null);
}

function train(
  texts: Iterable<string>,
  { lowercase = false, unicodeForm, vocabSize, minFrequency }: SimpleTokenizerOptions,
  preTokenizer: object,
  decoder: object | null,
): Tokenizer {
  const normalizers: object[] = [];
  if (unicodeForm) normalizers.push({ type: unicodeForm });
  if (lowercase) normalizers.push({ type: 'Lowercase' });
  return trainWordLevelSync(texts, {
    vocabSize,
    minFrequency,
    specialTokens: ['[PAD]', '[UNK]', '[BOS]', '[EOS]'],
    normalizer: normalizers.length > 1 ? { type: 'Sequence', normalizers } : (normalizers[0] ?? null),
    preTokenizer,
    postProcessor: beginAndEnd,
    decoder,
  });
}

const bos = { SpecialToken: { id: '[BOS]', type_id: 0 } };
const eos = (type_id: number) => ({ SpecialToken: { id: '[EOS]', type_id } });

const beginAndEnd = {
  type: 'TemplateProcessing',
  single: [bos, { Sequence: { id: 'A', type_id: 0 } }, eos(0)],
  pair: [bos, { Sequence: { id: 'A', type_id: 0 } }, eos(0), { Sequence: { id: 'B', type_id: 1 } }, eos(1)],
  special_tokens: {
    '[BOS]': { id: '[BOS]', ids: [2], tokens: ['[BOS]'] },
    '[EOS]': { id: '[EOS]', ids: [3], tokens: ['[EOS]'] },
  },
};
