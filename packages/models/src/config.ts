import type { ModelFiles } from '@chui/hub';
import { z } from 'zod';

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
 * @param options.known keys that are written so; others are as they were in the file. Default: all
 * @param options.marked whether the file says the version of chui's format
 */
export function writeConfig(
  config: ModelConfig,
  { known, marked = true }: { known?: ReadonlySet<string>; marked?: boolean } = {},
): string {
  const entries = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [!known || known.has(name) ? snake(name) : name, value]);
  const format = marked ? { chui_format: FORMAT } : {};
  return `${JSON.stringify({ ...Object.fromEntries(entries), ...format }, null, 2)}\n`;
}

/** The text of a config.json as plain data, not yet checked against a model's schema. */
export async function readConfig(files: ModelFiles): Promise<Record<string, unknown>> {
  const file = `${files.name}/config.json`;
  if (!(await files.has('config.json'))) {
    throw new Error(`${files.name} must have a config.json, but has none: it holds no model`);
  }
  const text = await files.text('config.json');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} must be JSON: ${(error as Error).message}`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Error(`${file} must be a JSON object`);
  }
  const { chui_format: format, ...rest } = data as Record<string, unknown>;
  if (format !== undefined && !(typeof format === 'number' && format <= FORMAT)) {
    throw new Error(
      `${file}: chui_format must be at most ${FORMAT}, but is ${format}: a newer chui wrote it`,
    );
  }
  return rest;
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

/**
 * Checks a configuration against a schema and fills in its defaults.
 *
 * @param source where it comes from, for errors
 * @throws RangeError naming the source, the key, the rule and the value.
 */
export function parseConfig<S extends z.ZodType>(schema: S, data: unknown, source: string): z.output<S> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.join('.');
  let value: unknown = data;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  throw new RangeError(
    `${source}: ${path ? `${path}: ` : ''}${issue.message}, but is ${JSON.stringify(value)}`,
  );
}

/** A whole number above zero. */
export const positiveInteger = z.int('must be a whole number').positive('must be positive');
/** A share that is dropped: 0 ≤ rate < 1. */
export const rate = z.number().min(0, 'must be at least 0').lt(1, 'must be below 1');
/** A token id. */
export const tokenId = z.int('must be a whole number').nonnegative('must not be negative');
