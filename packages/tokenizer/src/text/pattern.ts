import type { JsonNode } from '../json/json_node.js';
import { Regex } from '../regex/regex.js';

/** What is looked for: a text as it stands, or a regular expression in Oniguruma's syntax. */
export type Pattern = { String: string } | { Regex: string };

/** Finds the matches of a pattern from left to right; so does a RegExp with the flag `g`. */
export interface Matcher {
  [Symbol.matchAll](text: string): Iterable<{ index?: number; 0: string }>;
}

/** @throws Error if the regular expression is damaged, or has a construct that is not supported */
export function patternToMatcher(pattern: Pattern): Matcher {
  return 'String' in pattern ? literalPattern(pattern.String) : new Regex(pattern.Regex);
}

/** A regular expression that matches the text as it stands, wherever it is. */
export const literalPattern = (text: string): RegExp => new RegExp(escapeRegex(text), 'gv');

/** The text as the source of a regular expression with the flag `u` or `v` that matches it alone. */
export const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** @throws Error with the place in the file, also if the regular expression cannot be used */
export function patternFromJSON(json: JsonNode): Pattern {
  const text = json.get('String');
  const pattern =
    text.value === undefined ? { Regex: json.get('Regex').string() } : { String: text.string() };
  try {
    patternToMatcher(pattern);
  } catch (error) {
    throw json.error(`must be a regular expression that can be used (${(error as Error).message})`);
  }
  return pattern;
}
