import { readFile } from 'node:fs/promises';
import { parseJson } from './parse_json.js';
import { parseWith } from './schema_errors.js';
import type { AnyRecipe } from './task.js';
import { recipeSchema } from './tasks.js';

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read',
};

/**
 * A recipe with its defaults.
 *
 * @throws Error with a line for each thing that is wrong: file, path of the key, rule and value.
 */
export async function readRecipe(file: string): Promise<AnyRecipe> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${file} must be a file with a recipe, but ${REASONS[error.code ?? ''] ?? error.message}`,
    );
  });
  const data = parseJson(text, file);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Error(`${file} must be a JSON object, such as \`chui train --help\` shows`);
  }
  return parseWith(recipeSchema, data, file);
}
