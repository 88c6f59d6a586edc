import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { split } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Splits numbers (of all scripts, `½` and `Ⅳ` too) from the rest. */
export class Digits implements PreTokenizer {
  /** @param individualDigits makes each digit a piece */
  constructor(private readonly individualDigits: boolean) {}

  static fromJSON(json: JsonNode): Digits {
    return new Digits(json.get('individual_digits').boolean());
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, /\p{N}/gu, this.individualDigits ? 'Isolated' : 'Contiguous');
  }

  toJSON(): object {
    return { type: 'Digits', individual_digits: this.individualDigits };
  }
}
