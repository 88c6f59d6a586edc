import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { type BrokenOptions, broken } from './broken.js';
import { fileError } from './file_error.js';
import { placed } from './row_places.js';

export interface ReadTableOptions extends BrokenOptions {
  /** A tab for files that end in .tsv, else a comma. */
  readonly delimiter?: string | undefined;
  /** Names of the columns, if the first line of the file has none. */
  readonly columns?: readonly string[] | undefined;
  /** What a value may stand between, so that it can have delimiters and line ends; `"`, or null, for none, where tabs delimit. */
  readonly quote?: string | null | undefined;
}

/**
 * The rows of a CSV or TSV file as texts by column, one after the other in constant memory; empty lines are left out. Quotes are
 * doubled within values, as RFC 4180 has it.
 *
 * @throws Error of one line naming the file, the line and the rule if a row has more or fewer values than there are columns, or
 *   quotes do not match, unless `onBroken` hears of it; if the file is missing or has no columns, or two of one name.
 * @example
 * for await (const { text, label } of readTable('train.csv')) use(text, label);
 */
export async function* readTable(
  path: string,
  options: ReadTableOptions = {},
): AsyncGenerator<Record<string, string>> {
  const { delimiter = /\.tsv$/i.test(path) ? '\t' : ',', columns } = options;
  const { quote = delimiter === '\t' ? null : '"' } = options;
  const parser = parse({
    bom: true,
    columns: columns ? checkColumns(path, columns) : (names: string[]) => checkColumns(path, names),
    delimiter,
    quote,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: options.onBroken !== undefined,
  });
  parser.on('skip', (error: CsvError) => broken(options, messageOf(path, error)));
  const file = createReadStream(path);
  file.on('error', (error) => parser.destroy(error));
  let isEmpty = true;
  try {
    for await (const { record, info } of file.pipe(parser) as AsyncIterable<Parsed>) {
      isEmpty = false;
      yield placed(record, { path, line: info.lines - lineEndsIn(record) });
    }
  } catch (error) {
    throw error instanceof CsvError ? new Error(messageOf(path, error)) : fileError(path, error);
  } finally {
    file.destroy();
  }
  if (isEmpty && parser.info.lines <= 1 && parser.info.bytes === 0)
    throw new Error(`${path} must have a line, but is empty`);
}

/** A row, and the line in which it ends. */
interface Parsed {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}

function lineEndsIn(record: Parsed['record']): number {
  let count = 0;
  for (const value of Object.values(record)) {
    for (let at = value.indexOf('\n'); at >= 0; at = value.indexOf('\n', at + 1)) count++;
  }
  return count;
}

function checkColumns(path: string, names: readonly string[]): string[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Error(`${path}: columns must have names of their own, but two are ${twice}`);
  return [...names];
}

function messageOf(path: string, error: CsvError): string {
  const { lines, columns, record } = error as CsvError & {
    lines?: number;
    columns?: unknown[];
    record?: unknown[];
  };
  const place = `${path}:${lines}`;
  if (/INCONSISTENT/.test(error.code) && Array.isArray(columns) && Array.isArray(record))
    return `${place}: a row must have ${columns.length} values, as there are columns, but has ${record.length}`;
  if (/QUOTE/.test(error.code)) return `${place}: a row must have quotes around whole values, but has not`;
  return `${place}: a row must be readable, but ${error.message.split('\n')[0]}`;
}
