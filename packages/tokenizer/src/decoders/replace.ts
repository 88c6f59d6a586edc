import type { JsonNode } from '../json/json_node.js';
import { type Matcher, type Pattern, patternFromJSON, patternToMatcher } from '../text/pattern.js';
import { findSpans } from '../text/split.js';
import type { Decoder } from './decoder.js';

/** Puts a text in the place of what a pattern matches in each token. */
export class ReplaceDecoder implements Decoder {
  private readonly matcher: Matcher;

  constructor(
    private readonly pattern: Pattern,
    private readonly content: string,
  ) {
    this.matcher = patternToMatcher(pattern);
  }

  static fromJSON(json: JsonNode): ReplaceDecoder {
    return new ReplaceDecoder(patternFromJSON(json.get('pattern')), json.get('content').string());
  }

  decode(tokens: string[]): string[] {
    return tokens.map((token) =>
      findSpans(token, this.matcher)
        .map(({ start, end, matched }) => (matched ? this.content : token.slice(start, end)))
        .join(''),
    );
  }

  toJSON(): object {
    return { type: 'Replace', pattern: this.pattern, content: this.content };
  }
}
