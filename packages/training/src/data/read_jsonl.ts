import { type BrokenOptions, broken } from './broken.js';
import { isJsonObject, type JsonObject } from './json_object.js';
import { excerpt, type ReadLinesOptions, readLines } from './read_lines.js';
import { placed } from './row_places.js';

/** Longest line that is read unless another limit is set, in characters (UTF-16 units). */
export const MAX_JSON_LINE = 10_000_000;

/** An object of a line, as the file has it. */
export type JsonRow = JsonObject;

/**
 * The rows of a JSONL file, one JSON object a line, one after the other in constant memory; empty lines are left out.
 *
 * @throws Error of one line naming the file, the line and the rule if a line is no JSON object, unless `onBroken` hears of it;
 *   if the file is missing, empty or not UTF-8, or a line is longer than maxLineLength (10 million characters).
 * @example
 * for await (const { text, label } of readJsonl('train.jsonl')) use(text, label);
 */
export async function* readJsonl(
  path: string,
  options: ReadLinesOptions & BrokenOptions = {},
): AsyncGenerator<JsonRow> {
  const { maxLineLength = MAX_JSON_LINE } = options;
  for await (const { line, number } of readLines(path, { maxLineLength })) {
    if (line.trim() === '') continue;
    const row = parseObject(line);
    if (row) yield placed(row, { path, line: number });
    else broken(options, `${path}:${number}: a line must be a JSON object, but is ${excerpt(line)}`);
  }
}

function parseObject(line: string): JsonRow | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
