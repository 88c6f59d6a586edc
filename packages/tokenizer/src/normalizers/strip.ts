import type { JsonNode } from '../json/json_node.js';
import type { NormalizedString } from '../text/normalized_string.js';
import type { Normalizer } from './normalizer.js';

/** Takes white space away from the start of a text, its end, or both. */
export class Strip implements Normalizer {
  constructor(
    private readonly left: boolean,
    private readonly right: boolean,
  ) {}

  static fromJSON(json: JsonNode): Strip {
    return new Strip(json.get('strip_left').boolean(), json.get('strip_right').boolean());
  }

  normalize(text: NormalizedString): NormalizedString {
    const start = this.left ? text.text.search(/\P{White_Space}|$/u) : 0;
    return text.slice(start, this.right ? endOfText(text.text, start) : text.length);
  }

  toJSON(): object {
    return { type: 'Strip', strip_left: this.left, strip_right: this.right };
  }
}

/** Where the white space at the end begins. */
function endOfText(text: string, start: number): number {
  let end = text.length;
  while (end > start && /\p{White_Space}/u.test(text[end - 1]!)) end--;
  return end;
}
