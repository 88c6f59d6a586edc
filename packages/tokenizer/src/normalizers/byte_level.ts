import { normalizeToByteCharacters } from '../text/byte_level.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Each byte of the text's UTF-8 form as a character that stands for it, as GPT-2 has them. */
export class ByteLevelNormalizer implements Normalizer {
  normalize(text: NormalizedString): NormalizedString {
    return normalizeToByteCharacters(text);
  }

  toJSON(): object {
    return { type: 'ByteLevel' };
  }
}
