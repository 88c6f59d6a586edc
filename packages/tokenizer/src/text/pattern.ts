import type { JsonNode } from '../json/json_node.js';
import { escapeRegex, translateRegex } from './regex.js';

/** What is looked for: a text as it stands, or a regular expression in Oniguruma's syntax. */
export type Pattern = { String: string } | { Regex: string };

/** @throws Error if the regular expression is damaged, or has a construct that JavaScript's lack */
export function patternToRegExp(pattern: Pattern): RegExp {
  const source = 'String' in pattern ? escapeRegex(pattern.String) : translateRegex(pattern.Regex);
  return new RegExp(source, 'gv');
}

/** @throws Error with the place in the file, also if the regular expression cannot be used */
export function patternFromJSON(json: JsonNode): Pattern {
  const text = json.get('String');
  const pattern =
    text.value === undefined ? { Regex: json.get('Regex').string() } : { String: text.string() };
  try {
    patternToRegExp(pattern);
  } catch (error) {
    throw json.error(`must be a regular expression that can be used (${(error as Error).message})`);
  }
  return pattern;
}
