/** A place of a template with its type id: `$A`, `$B`, or a special token. */
export type TemplatePlace = readonly [name: string, typeId?: number];

/**
 * The post-processor TemplateProcessing as it stands in a tokenizer.json.
 *
 * @throws Error if the vocabulary lacks a token of the template
 */
export function template(
  single: readonly TemplatePlace[],
  pair: readonly TemplatePlace[],
  ids: ReadonlyMap<string, number>,
): object {
  const tokens = [...single, ...pair].map(([name]) => name).filter((name) => !isSequence(name));
  return {
    type: 'TemplateProcessing',
    single: single.map(place),
    pair: pair.map(place),
    special_tokens: Object.fromEntries(
      [...new Set(tokens)].map((token) => [token, named(token, requiredId(token, ids))]),
    ),
  };
}

/** @throws Error if the vocabulary lacks the token */
export function requiredId(token: string, ids: ReadonlyMap<string, number>): number {
  const id = ids.get(token);
  if (id === undefined) throw new Error(`the vocabulary must have the special token ${token}, but has not`);
  return id;
}

const isSequence = (name: string) => name === '$A' || name === '$B';

const place = ([name, type_id = 0]: TemplatePlace) =>
  isSequence(name) ? { Sequence: { id: name.slice(1), type_id } } : { SpecialToken: { id: name, type_id } };

const named = (token: string, id: number) => ({ id: token, ids: [id], tokens: [token] });

/** BERT's: `[CLS] $A [SEP]`, or with a pair `[CLS] $A [SEP] $B:1 [SEP]:1`. @throws Error as `template` */
export function bertTemplate(cls: string, sep: string, ids: ReadonlyMap<string, number>): object {
  const single = [[cls], ['$A'], [sep]] as const;
  return template(single, [...single, ['$B', 1], [sep, 1]], ids);
}
