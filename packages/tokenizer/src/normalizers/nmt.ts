import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

const removed = /(?![\0\t\n\f\r\u0080-\u008e\u0090-\u009e])\p{Cc}/u;
const spaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;

/** SentencePiece's rule for translation: takes control characters away, and makes white space of all kinds spaces. */
export class Nmt implements Normalizer {
  normalize(text: NormalizedString): NormalizedString {
    const spaced = text.replace(text.text.replace(spaces, ' '));
    return removed.test(spaced.text) ? spaced.filter((character) => !removed.test(character)) : spaced;
  }

  toJSON(): object {
    return { type: 'Nmt' };
  }
}
