import type { JsonNode } from '../json/json_node.js';
import { characterBefore } from '../text/characters.js';
import type { NormalizedString } from '../text/normalized_string.js';
import { type Matcher, type Pattern, patternFromJSON, patternToMatcher } from '../text/pattern.js';
import { findSpans } from '../text/split.js';
import type { Normalizer } from './normalizer.js';

/** Puts a text in the place of what a pattern matches. */
export class Replace implements Normalizer {
  private readonly matcher: Matcher;

  /** @throws Error if the regular expression is damaged, or has a construct that is not supported */
  constructor(
    private readonly pattern: Pattern,
    private readonly content: string,
  ) {
    this.matcher = patternToMatcher(pattern);
  }

  static fromJSON(json: JsonNode): Replace {
    return new Replace(patternFromJSON(json.get('pattern')), json.get('content').string());
  }

  /** What is put in comes from the last character of what it replaces, or from the one before if that is nothing. */
  normalize(text: NormalizedString): NormalizedString {
    const { text: old } = text;
    const spans = findSpans(old, this.matcher);
    if (!spans.some(({ matched }) => matched)) return text;
    const sources: number[] = [];
    let replaced = '';
    for (const { start, end, matched } of spans) {
      if (matched) {
        replaced += this.content;
        const last = end - (characterBefore(old, end).length || 1);
        for (let i = 0; i < this.content.length; i++) sources.push(last);
      } else {
        replaced += old.slice(start, end);
        for (let i = start; i < end; i++) sources.push(i);
      }
    }
    return text.rewrite(replaced, sources);
  }

  toJSON(): object {
    return { type: 'Replace', pattern: this.pattern, content: this.content };
  }
}
