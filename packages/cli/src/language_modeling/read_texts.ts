import { readFile } from 'node:fs/promises';
import { decodeUtf8 } from '@chui/hub';
import { placeOf } from '@chui/training';
import { columnIn } from '../finetune/columns.js';
import { type Column, readRows } from '../finetune/read_rows.js';

/** How files hold documents. */
export interface TextFiles {
  /** Of rows, the column of the texts; `text` by default. */
  readonly text?: Column | undefined;
  /** What parts the documents of a plain file. */
  readonly separator: string;
}

/**
 * The documents of files, each as it stands there: a row of .jsonl, .tsv, .csv or .parquet; a plain file, or what a separator parts it
 * into, with the end of line on either side of it.
 *
 * @throws Error of one line naming the file and the rule if it is missing, damaged or has no text.
 */
export async function readTexts(paths: readonly string[], files: TextFiles): Promise<string[]> {
  const all: string[] = [];
  for (const path of paths) {
    const isTable = /\.(jsonl?|tsv|csv|parquet)$/i.test(path);
    const texts = await (isTable ? readColumn(path, files.text) : readPlain(path, files.separator));
    const some = texts.filter((text) => text.trim() !== '');
    if (some.length === 0) throw new Error(`${path} must have a text, but has none`);
    for (const text of some) all.push(text);
  }
  return all;
}

async function readColumn(path: string, given: Column | undefined): Promise<string[]> {
  const rows = await readRows(path, [given]);
  const name = columnIn(path, rows, given, ['text']);
  return rows.map((row, index) => {
    const text = row[name];
    if (typeof text === 'string') return text;
    throw new Error(`${placeOf(row, index)} must have a text as ${name}, but has ${JSON.stringify(text)}`);
  });
}

async function readPlain(path: string, separator: string): Promise<string[]> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`${path} must exist, but does not`) : error;
  });
  const parts = decodeUtf8(bytes, path).split(separator);
  return parts.map((part, index) =>
    part.replace(index > 0 ? /^\r?\n/ : /(?!)/, '').replace(index < parts.length - 1 ? /\r?\n$/ : /(?!)/, ''),
  );
}
