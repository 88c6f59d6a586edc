import type { JsonNode } from './json/json_node.js';
import type { TokenRole } from './special_tokens.js';

/** A token that is found in the text before the model sees it. */
export interface AddedToken {
  content: string;
  /** Only where no letter, digit or mark touches it. */
  singleWord: boolean;
  /** Takes the white space before it along. */
  lstrip: boolean;
  /** Takes the white space after it along. */
  rstrip: boolean;
  /** Looked for, normalized itself, in the normalized text. */
  normalized: boolean;
  /** Left out of decoded text if asked. */
  special: boolean;
}

/** A token to add; what is not given is false, but `normalized`, which is true unless the token is special. */
export type AddedTokenOptions = Pick<AddedToken, 'content'> & Partial<AddedToken>;

export const addedToken = (
  token: string | AddedTokenOptions,
  flags: Partial<AddedToken> = {},
): AddedToken => {
  const given = { ...flags, ...(typeof token === 'string' ? { content: token } : token) };
  if (typeof given.content !== 'string')
    throw new TypeError(`a token must be a text or have a content, but is ${JSON.stringify(token)}`);
  const { special = false, normalized = !special } = given;
  return { singleWord: false, lstrip: false, rstrip: false, ...given, special, normalized };
};

/** Reads a token of a tokenizer.json, but for its id. */
export function addedTokenFromJSON(json: JsonNode): AddedToken {
  return {
    content: json.get('content').string(),
    singleWord: json.get('single_word').boolean(),
    lstrip: json.get('lstrip').boolean(),
    rstrip: json.get('rstrip').boolean(),
    normalized: json.get('normalized').boolean(),
    special: json.get('special').boolean(),
  };
}

/** Special tokens by what they are for. */
export type NewSpecialTokens = { [role in TokenRole]?: string | AddedTokenOptions | undefined };

/** Tokens to add: one, or a list. */
export type NewTokens = string | readonly (string | AddedTokenOptions)[];

export const isList = (value: object): value is readonly unknown[] => Array.isArray(value);

/** @throws TypeError if they are no list */
export function listOf(tokens: NewTokens): readonly (string | AddedTokenOptions)[] {
  if (typeof tokens === 'string') return [tokens];
  if (!isList(tokens)) throw new TypeError(`tokens must be a list, but are ${JSON.stringify(tokens)}`);
  return tokens;
}
