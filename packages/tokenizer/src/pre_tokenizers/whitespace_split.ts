import type { NormalizedString } from '../text/normalized_string.js';
import { split } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Splits at white space only. */
export class WhitespaceSplit implements PreTokenizer {
  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, /\p{White_Space}+/gu, 'Removed');
  }

  toJSON(): object {
    return { type: 'WhitespaceSplit' };
  }
}
