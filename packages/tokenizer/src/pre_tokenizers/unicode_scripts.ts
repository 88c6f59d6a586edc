import type { NormalizedString } from '../text/normalized_string.js';
import { scriptOf } from '../text/scripts.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/**
 * Splits where the script changes; Han, Hiragana and Katakana are one. Spaces, and characters without a script, go with
 * what is before them; at the start of a text they are left out, as by the reference.
 */
export class UnicodeScripts implements PreTokenizer {
  preTokenize(normalized: NormalizedString): NormalizedString[] {
    const pieces: NormalizedString[] = [];
    const { text } = normalized;
    let start = text.length;
    let last = '';
    let position = 0;
    for (const character of text) {
      const script = effectiveScript(character);
      if (script !== '' && script !== last) {
        if (last !== '') pieces.push(normalized.slice(start, position));
        start = position;
        last = script;
      }
      position += character.length;
    }
    if (start < text.length) pieces.push(normalized.slice(start, text.length));
    return pieces;
  }

  toJSON(): object {
    return { type: 'UnicodeScripts' };
  }
}

function effectiveScript(character: string): string {
  if (character === ' ') return '';
  if (character === 'ー') return 'Hani';
  const script = scriptOf(character);
  return script === 'Hira' || script === 'Kana' ? 'Hani' : script;
}
