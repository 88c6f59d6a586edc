import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { literalPattern } from '../text/pattern.js';
import { split } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Splits at a character, which is left out. */
export class CharDelimiterSplit implements PreTokenizer {
  private readonly pattern: RegExp;

  constructor(private readonly delimiter: string) {
    this.pattern = literalPattern(delimiter);
  }

  static fromJSON(json: JsonNode): CharDelimiterSplit {
    return new CharDelimiterSplit(json.get('delimiter').character());
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, this.pattern, 'Removed');
  }

  toJSON(): object {
    return { type: 'CharDelimiterSplit', delimiter: this.delimiter };
  }
}
