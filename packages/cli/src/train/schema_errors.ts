import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

/**
 * Checks data against a schema and fills in its defaults.
 *
 * @param file where the data comes from, for errors
 * @throws RangeError with a line for each thing that is wrong: file, path of the key, rule and value.
 */
export function parseWith<S extends z.ZodType>(schema: S, data: unknown, file: string): z.output<S> {
  const result = schema.safeParse(data, { error: ruleOf });
  if (result.success) return result.data;
  const lines = result.error.issues.flatMap((issue) => linesOf(issue)).map((line) => `${file}: ${line}`);
  throw new RangeError([...new Set(lines)].join('\n'));
}

function linesOf(issue: z.core.$ZodIssue, parents: readonly PropertyKey[] = []): string[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = issue.message.split(' ');
    return issue.keys.map((key) => `${pathText([...path, key])} ${unknownKey(key, known)}`);
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // What is wrong within the one that is meant: it has the fewest keys that it does not know.
    const [meant] = issue.errors
      .filter((issues) => issues.some((each) => each.path.length > 0 || !isType(each)))
      .sort((a, b) => unknownKeys(a) - unknownKeys(b));
    if (meant) return meant.flatMap((each) => linesOf(each, path));
  }
  const name = pathText(path);
  if (name === '') return [issue.message];
  return [
    issue.code === 'custom' && !/^(must|and) /.test(issue.message)
      ? `${name}: ${issue.message}`
      : `${name} ${issue.message}`,
  ];
}

const isType = ({ code }: z.core.$ZodIssue) => code === 'invalid_type' || code === 'invalid_value';

function unknownKeys(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) =>
      sum + (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys.length : 0),
    0,
  );
}

/** `training.lengths[0]`; names that have a dot are in quotes. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => {
      if (typeof key === 'number') return `[${key}]`;
      const name = String(key);
      return /^[\w$]+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
    })
    .join('')
    .replace(/^\./, '');
}

function unknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known);
  const isNear = distance(key.toLowerCase(), near.toLowerCase()) <= Math.max(1, Math.ceil(key.length / 3));
  return `is not known${isNear ? `, but ${near} is` : ''}; there are ${known.join(', ')}`;
}

/** What a value must be, and what it is; of unknown keys, those that are known. */
function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'custom') return undefined;
  if (issue.code === 'unrecognized_keys') {
    return Object.keys((issue.inst as z.ZodObject).shape).join(' ');
  }
  if (issue.code === 'invalid_union' && issue.errors?.length)
    return unionRule(issue.inst as z.ZodUnion, issue.input);
  const rule = plainRule(issue);
  if (issue.code === 'invalid_union') {
    // One that a key decides: that key is meant.
    return withValue(rule!, (issue.input as Record<string, unknown>)[issue.discriminator as string]);
  }
  return rule && withValue(rule, issue.input);
}

function unionRule(union: z.ZodUnion, input: unknown): string {
  const kinds = (union.options as z.ZodType[]).map((option) => {
    const { error } = option.safeParse(input, { error: (issue) => plainRule(issue) });
    return error?.issues[0]?.message.replace(/^must be /, '');
  });
  return withValue(`must be ${[...new Set(kinds)].join(' or ')}`, input);
}

function plainRule(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected as string] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values as unknown[])}`;
    case 'invalid_union':
      return `must be ${oneOf((issue.options as unknown[]) ?? [])}`;
    case 'too_small':
    case 'too_big': {
      const limit = Number(issue.code === 'too_small' ? issue.minimum : issue.maximum);
      if (issue.origin !== 'number' && issue.origin !== 'int')
        return limit === 1
          ? 'must not be empty'
          : `must have ${issue.code === 'too_small' ? 'at least' : 'at most'} ${limit}`;
      if (issue.code === 'too_small') return `must be ${issue.inclusive ? 'at least' : 'above'} ${limit}`;
      return `must be ${issue.inclusive ? 'at most' : 'below'} ${limit}`;
    }
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return undefined;
  }
}

const kinds: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return texts.length === 1 ? texts[0]! : `one of ${texts.join(', ')}`;
}

function withValue(rule: string, value: unknown): string {
  if (value === undefined) return `${rule}, but is not given`;
  const json = JSON.stringify(value);
  return `${rule}, but is ${json.length > 60 ? `${json.slice(0, 60)}…` : json}`;
}
