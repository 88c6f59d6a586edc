/** An added token as it stands in a tokenizer.json. */
export interface AddedTokenFields {
  id?: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** A special token, unless the flags say otherwise. */
export const addedTokenFields = (
  content: string,
  flags: Partial<AddedTokenFields> = {},
): AddedTokenFields => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...flags,
});

/** The `added_tokens` of a tokenizer.json: by rising id; those that neither have one nor are in the vocabulary come last. */
export function numberAddedTokens(
  tokens: readonly AddedTokenFields[],
  ids: ReadonlyMap<string, number>,
): AddedTokenFields[] {
  const known = tokens.map((token) => ({ ...token, id: ids.get(token.content) ?? token.id ?? Infinity }));
  let next = Math.max(ids.size, ...known.filter(({ id }) => id < Infinity).map(({ id }) => id + 1));
  return known
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((token) => (token.id < Infinity ? token : { ...token, id: next++ }));
}
