import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { type Matcher, type Pattern, patternFromJSON, patternToMatcher } from '../text/pattern.js';
import { type SplitBehavior, split, splitBehaviors } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** Splits at a pattern; `invert` splits at what the pattern does not match. */
export class Split implements PreTokenizer {
  private readonly matcher: Matcher;

  /** @throws Error if the regular expression is damaged, or has a construct that is not supported */
  constructor(
    private readonly pattern: Pattern,
    private readonly behavior: SplitBehavior,
    private readonly invert = false,
  ) {
    this.matcher = patternToMatcher(pattern);
  }

  static fromJSON(json: JsonNode): Split {
    const behavior = json.get('behavior').choice(...splitBehaviors);
    return new Split(patternFromJSON(json.get('pattern')), behavior, json.get('invert').boolean());
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, this.matcher, this.behavior, this.invert);
  }

  toJSON(): object {
    return { type: 'Split', pattern: this.pattern, behavior: this.behavior, invert: this.invert };
  }
}
