import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { escapeRegex, translateRegex } from '../text/regex.js';
import { type SplitBehavior, split, splitBehaviors } from '../text/split.js';
import type { PreTokenizer } from './pre_tokenizer.js';

/** A delimiter: a text as it stands, or a regular expression in Oniguruma's syntax. */
export type SplitPattern = { String: string } | { Regex: string };

/** Splits at a pattern; `invert` splits at what the pattern does not match. */
export class Split implements PreTokenizer {
  private readonly regex: RegExp;

  /** @throws Error if the regular expression is damaged, or has a construct that JavaScript's lack */
  constructor(
    private readonly pattern: SplitPattern,
    private readonly behavior: SplitBehavior,
    private readonly invert = false,
  ) {
    const source = 'String' in pattern ? escapeRegex(pattern.String) : translateRegex(pattern.Regex);
    this.regex = new RegExp(source, 'gv');
  }

  static fromJSON(json: JsonNode): Split {
    const pattern = readPattern(json.get('pattern'));
    const behavior = json.get('behavior').choice(...splitBehaviors);
    const invert = json.get('invert').boolean();
    try {
      return new Split(pattern, behavior, invert);
    } catch (error) {
      throw json
        .get('pattern')
        .error(`must be a regular expression that can be used (${(error as Error).message})`);
    }
  }

  preTokenize(text: NormalizedString): NormalizedString[] {
    return split(text, this.regex, this.behavior, this.invert);
  }

  toJSON(): object {
    return { type: 'Split', pattern: this.pattern, behavior: this.behavior, invert: this.invert };
  }
}

function readPattern(json: JsonNode): SplitPattern {
  const text = json.get('String');
  return text.value === undefined ? { Regex: json.get('Regex').string() } : { String: text.string() };
}
