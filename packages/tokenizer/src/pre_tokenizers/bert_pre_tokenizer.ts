import { CharacterClass, classOf } from '../text/character_classes.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Splits at white space, which is left out, and around each punctuation character. */
export class BertPreTokenizer implements PreTokenizer {
  preTokenize(normalized: NormalizedString): NormalizedString[] {
    const { text } = normalized;
    const words: NormalizedString[] = [];
    let start = 0; // of the word that is being read
    for (let i = 0; i < text.length; ) {
      const code = text.codePointAt(i)!;
      const end = i + (code > 0xffff ? 2 : 1);
      const kind = classOf(code);
      if (kind === CharacterClass.Space || kind === CharacterClass.Punctuation) {
        if (start < i) words.push(normalized.slice(start, i));
        if (kind === CharacterClass.Punctuation) words.push(normalized.slice(i, end));
        start = end;
      }
      i = end;
    }
    if (start < text.length) words.push(normalized.slice(start, text.length));
    return words;
  }

  toJSON(): object {
    return { type: 'BertPreTokenizer' };
  }
}
