import type { ModelFiles } from '@chui/hub';

/** The files of a module that lie in a folder of a model; an empty path is the model itself. */
export function moduleFiles(files: ModelFiles, path: string): ModelFiles {
  if (path === '') return files;
  const within = (name: string) => `${path}/${name}`;
  return {
    name: `${files.name}/${path}`,
    has: (name) => files.has(within(name)),
    text: (name) => files.text(within(name)),
    bytes: (name) => files.bytes(within(name)),
    size: (name) => files.size(within(name)),
    range: (name, start, end) => files.range(within(name), start, end),
    prepare: async (names) => files.prepare?.(names.map(within)),
  };
}

/**
 * A file of JSON.
 *
 * @throws Error naming the file, if it is missing or is no JSON.
 */
export async function readJson(files: ModelFiles, name: string): Promise<unknown> {
  const text = await files.text(name);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${files.name}/${name} must be JSON: ${(error as Error).message}`);
  }
}

/** The same, or an empty object where there is no such file. @throws Error as `readJson`, or if it is no object. */
export async function readSettings(files: ModelFiles, name: string): Promise<Record<string, unknown>> {
  if (!(await files.has(name))) return {};
  const data = await readJson(files, name);
  if (typeof data === 'object' && data !== null && !Array.isArray(data))
    return data as Record<string, unknown>;
  throw new Error(`${files.name}/${name} must be a JSON object, but is ${JSON.stringify(data)}`);
}

export const jsonFile = (data: object): string => `${JSON.stringify(data, null, 2)}\n`;
