import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/**
 * A JSON text as data.
 *
 * @throws Error naming file, line and column, from 1, and what is wrong there.
 */
export function parseJson(text: string, file: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json);
  } catch (error) {
    const errors: ParseError[] = [];
    parse(json, errors, { disallowComments: true });
    const [first] = errors;
    if (!first) throw new Error(`${file} must be JSON, but ${(error as Error).message}`);
    const before = json.slice(0, first.offset).split('\n');
    const what = printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`);
    throw new Error(
      `${file}:${before.length}:${before.at(-1)!.length + 1}: it must be JSON, but here is: ${what.toLowerCase()}`,
    );
  }
}
