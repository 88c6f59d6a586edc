import type { ModelFiles } from '@chui/hub';
import { z } from 'zod';
import { checkKnownKeys } from './known_keys.js';
import { shown } from './shown.js';

/** The version of what chui writes into config.json of its own architectures. A file of a later one is refused. */
const FORMAT = 1;

/** What every configuration has. */
export interface ModelConfig {
  modelType: string;
  architectures: string[];
}

const camel = (name: string) => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * A configuration as the text of a config.json: keys in snake_case, as Hugging Face has them.
 *
 * @param options.others what the file has besides, under its own keys
 * @param options.marked whether the file says the version of chui's format
 */
export function writeConfig(
  config: ModelConfig,
  { others = {}, marked = true }: { others?: Record<string, unknown> | undefined; marked?: boolean } = {},
): string {
  const entries = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [snake(name), value]);
  const format = marked ? { chui_format: FORMAT } : {};
  return `${JSON.stringify({ ...others, ...Object.fromEntries(entries), ...format }, null, 2)}\n`;
}

/** The text of a config.json as plain data, not yet checked against a model's schema. */
export async function readConfig(files: ModelFiles): Promise<Record<string, unknown>> {
  const file = `${files.name}/config.json`;
  if (!(await files.has('config.json'))) {
    throw new Error(`${files.name} must have a config.json, but has none: it holds no model`);
  }
  const { chui_format: format, ...rest } = await readJson(files, 'config.json');
  if (format !== undefined && !(typeof format === 'number' && format <= FORMAT)) {
    throw new Error(
      `${file}: chui_format must be at most ${FORMAT}, but is ${format}: a newer chui wrote it`,
    );
  }
  return rest;
}

/** The JSON object of a file. @throws Error naming the file if it is none. */
export async function readJson(files: ModelFiles, name: string): Promise<Record<string, unknown>> {
  const file = `${files.name}/${name}`;
  const text = await files.text(name);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} must be JSON: ${(error as Error).message}`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Error(`${file} must be a JSON object`);
  }
  return data as Record<string, unknown>;
}

/** The keys of a config.json in camelCase, where a schema knows them so; others stay as they are. */
export function camelKeys(
  config: Record<string, unknown>,
  known?: ReadonlySet<string>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      const key = camel(name);
      return [!known || known.has(key) ? key : name, value];
    }),
  );
}

/** The same in snake_case. */
export const snakeKeys = (config: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(config).map(([name, value]) => [snake(name), value]));

/** What a config.json says in keys that are known, in camelCase, and the others as `otherKeys`, as they are there. */
export function knownKeys(
  config: Record<string, unknown>,
  known: ReadonlySet<string>,
): Record<string, unknown> {
  const isKnown = (name: string) => known.has(camel(name)) && snake(camel(name)) === name;
  const entries = Object.entries(config);
  return {
    ...camelKeys(Object.fromEntries(entries.filter(([name]) => isKnown(name)))),
    otherKeys: Object.fromEntries(entries.filter(([name]) => !isKnown(name))),
  };
}

/** Where a configuration comes from, for errors, where that is a file. */
interface ConfigFile {
  /** Its name; its keys are in snake_case. */
  readonly file?: string;
  /** The keys that do not come from there. */
  readonly changes?: object | undefined;
}

/**
 * Checks a configuration against a schema and fills in its defaults.
 *
 * @param name what was given, for errors
 * @throws RangeError naming the file or what was given, the key, the rule and the value.
 */
export function parseConfig<S extends z.ZodType>(
  schema: S,
  data: unknown,
  name: string,
  { file, changes = {} }: ConfigFile = {},
): z.output<S> {
  const result = schema.safeParse(data, { error: ruleOf });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const isOfFile = file !== undefined && !Object.hasOwn(changes, String(issue.path[0] ?? ''));
  const source = isOfFile ? file : name;
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    checkKnownKeys(source, data as object, issue.message.split(' '));
  }
  let value: unknown = data;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  const found = value === undefined ? 'not given' : shown(value);
  // Rules name keys, too.
  const spelt = (text: string) =>
    isOfFile
      ? text.replace(/\w+/g, (word) => (Object.hasOwn(data as object, word) ? snake(word) : word))
      : text;
  const path = spelt(issue.path.join('.'));
  throw new RangeError(`${source}: ${path && `${path}: `}${spelt(issue.message)}, but is ${found}`);
}

/** What a value must be, where the schema does not say it; of unknown keys, those that are known. */
function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return Object.keys((issue.inst as z.ZodObject).shape).join(' ');
    case 'invalid_type':
      return `must be ${kinds[issue.expected as string] ?? issue.expected}`;
    case 'invalid_value': {
      const texts = (issue.values as unknown[]).map((value) => String(value));
      return `must be ${texts.length === 1 ? '' : 'one of '}${texts.join(', ')}`;
    }
    default:
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A whole number above zero. */
export const positiveInteger = z.int('must be a whole number').positive('must be positive');
/** A share that is dropped: 0 ≤ rate < 1. */
export const rate = z.number().min(0, 'must be at least 0').lt(1, 'must be below 1');
/** A token id. */
export const tokenId = z.int('must be a whole number').nonnegative('must not be negative');
