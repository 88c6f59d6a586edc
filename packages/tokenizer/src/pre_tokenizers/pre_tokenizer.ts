import type { NormalizedString } from '../text/normalized_string.js';

/** Splits a normalized text into the words that the model turns into tokens. */
export interface PreTokenizer {
  preTokenize(text: NormalizedString): NormalizedString[];
  /** The component as it stands in a tokenizer.json. */
  toJSON(): object;
}
