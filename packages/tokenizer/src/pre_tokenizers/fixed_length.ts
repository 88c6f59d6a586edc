import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Splits into pieces of as many characters (code points) each; the last may have fewer. */
export class FixedLength implements PreTokenizer {
  constructor(private readonly characters: number) {}

  static fromJSON(json: JsonNode): FixedLength {
    const length = json.get('length');
    if (length.value === undefined) return new FixedLength(5);
    if (length.integer() === 0) throw length.error('must be an integer from 1');
    return new FixedLength(length.integer());
  }

  preTokenize(normalized: NormalizedString): NormalizedString[] {
    const { text } = normalized;
    const pieces: NormalizedString[] = [];
    for (let start = 0; start < text.length; ) {
      let end = start;
      for (let i = 0; i < this.characters && end < text.length; i++) {
        end += text.codePointAt(end)! > 0xffff ? 2 : 1;
      }
      pieces.push(normalized.slice(start, end));
      start = end;
    }
    return pieces;
  }

  toJSON(): object {
    return { type: 'FixedLength', length: this.characters };
  }
}
