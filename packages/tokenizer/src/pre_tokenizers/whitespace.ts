import { wordCharacters } from '../text/characters.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { split } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

const pattern = new RegExp(`[${wordCharacters}]+|[^${wordCharacters}\\p{White_Space}]+`, 'gu');

/** Splits at white space, and between words and other characters: `\w+|[^\w\s]+`. */
export class Whitespace implements PreTokenizer {
  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, pattern, 'Removed', true);
  }

  toJSON(): object {
    return { type: 'Whitespace' };
  }
}
