import type { NormalizedString } from '../text/normalized_string.js';
import { rewriteToForm, type UnicodeForm } from '../text/unicode_forms.js';
import type { Normalizer } from './normalizer.js';

/** A Unicode normalization form: NFC, NFD, NFKC or NFKD, by the Unicode version of the JavaScript engine. */
export class Unicode implements Normalizer {
  constructor(private readonly form: UnicodeForm) {}

  normalize(text: NormalizedString): NormalizedString {
    const rewrite = rewriteToForm(text.text, this.form);
    return rewrite ? text.transform(rewrite.characters, rewrite.changes) : text;
  }

  toJSON(): object {
    return { type: this.form };
  }
}
