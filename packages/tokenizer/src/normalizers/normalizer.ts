import type { NormalizedString } from '../text/normalized_string.js';

/** Changes a text before it is split, keeping track of what came from where. */
export interface Normalizer {
  normalize(text: NormalizedString): NormalizedString;
  /** The component as it stands in a tokenizer.json. */
  toJSON(): object;
}
