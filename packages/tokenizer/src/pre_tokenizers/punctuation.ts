import type { JsonNode } from '../json/json_node.js';
import { punctuation } from '../text/character_classes.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { type SplitBehavior, split, splitBehaviors } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

const pattern = new RegExp(punctuation, 'gv');

/** Splits at punctuation of all scripts (as in Unicode 8), and at ASCII's symbols. */
export class Punctuation implements PreTokenizer {
  constructor(private readonly behavior: SplitBehavior = 'Isolated') {}

  static fromJSON(json: JsonNode): Punctuation {
    const behavior = json.get('behavior');
    return new Punctuation(behavior.value === undefined ? 'Isolated' : behavior.choice(...splitBehaviors));
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, pattern, this.behavior);
  }

  toJSON(): object {
    return { type: 'Punctuation', behavior: this.behavior };
  }
}
