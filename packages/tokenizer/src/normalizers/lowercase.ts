import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Lowercases character by character: Σ becomes σ even at the end of a word. */
export class Lowercase implements Normalizer {
  normalize(text: NormalizedString): NormalizedString {
    if (!text.text.includes('İ')) return text.replace(text.text.replaceAll('Σ', 'σ').toLowerCase());
    const characters: string[] = [];
    const changes: number[] = []; // İ alone becomes two characters, i and a dot above
    for (const character of text.text) {
      let change = 0;
      for (const lower of character.toLowerCase()) {
        characters.push(lower);
        changes.push(change);
        change = 1;
      }
    }
    return text.transform(characters, changes);
  }

  toJSON(): object {
    return { type: 'Lowercase' };
  }
}
