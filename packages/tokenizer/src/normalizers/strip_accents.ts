import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Takes all marks away; those that are part of a letter are only after NFD or NFKD marks of their own. */
export class StripAccents implements Normalizer {
  normalize(text: NormalizedString): NormalizedString {
    return /\p{M}/u.test(text.text) ? text.filter((character) => !/\p{M}/u.test(character)) : text;
  }

  toJSON(): object {
    return { type: 'StripAccents' };
  }
}
