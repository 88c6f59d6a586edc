import type { SpecialTokens } from '../special_tokens.js';
import type { AddedTokenFields } from './added_tokens.js';

/** What a tokenizer is made of, as it would stand in a tokenizer.json, with what its kind of vocabulary implies. */
export interface VocabularyParts {
  normalizer: object | null;
  pre_tokenizer: object | null;
  post_processor: object | null;
  decoder: object;
  padding?: object | null;
  model: object;
  /** What special tokens are for, unless the files say otherwise; those that the vocabulary lacks do not count. */
  usualTokens: SpecialTokens;
  /** Tokens that are found in a text before the model sees it; those that the vocabulary lacks do not count. */
  addedTokens: AddedTokenFields[];
  /** The vocabulary. */
  ids: ReadonlyMap<string, number>;
}
