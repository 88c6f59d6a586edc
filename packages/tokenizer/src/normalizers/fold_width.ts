import type { NormalizedString } from '../text/normalized_string.js';
import { rewriteToForm } from '../text/unicode_forms.js';
import type { Normalizer } from './normalizer.js';

/** Full-width and half-width forms. */
const forms = /[\uff01-\uffef]+/g;

/**
 * Brings letters, digits and signs of full width to half width, and katakana and hangul of half width to full: `ＡＢＣ１２３ ｶﾞ`
 * becomes `ABC123 ガ`. Other compatibility characters, such as `㎏`, stay, which NFKC changes too.
 *
 * Hugging Face's library has no such component, so it does not load a tokenizer.json with it.
 */
export class FoldWidth implements Normalizer {
  normalize(text: NormalizedString): NormalizedString {
    const characters: string[] = [];
    const changes: number[] = [];
    const keep = (part: string) => {
      for (const character of part) {
        characters.push(character);
        changes.push(0);
      }
    };
    let done = 0;
    for (const { 0: run, index } of text.text.matchAll(forms)) {
      keep(text.text.slice(done, index));
      done = index + run.length;
      const rewrite = rewriteToForm(run, 'NFKC');
      if (!rewrite) {
        keep(run);
        continue;
      }
      rewrite.characters.forEach((character, i) => {
        characters.push(character);
        changes.push(rewrite.changes[i]!);
      });
    }
    if (done === 0) return text;
    keep(text.text.slice(done));
    return text.transform(characters, changes);
  }

  toJSON(): object {
    return { type: 'FoldWidth' };
  }
}
