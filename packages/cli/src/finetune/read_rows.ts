import { excerpt, placedAs, readConll, readJsonl, readParquet, readTable, readText } from '@chui/training';

/** A row of a file: values by column. */
export type FileRow = Readonly<Record<string, unknown>>;

/** A column by its name, or in a file without a line of names by its place, from 0. */
export type Column = string | number;

/** Which columns a task reads. */
export type Columns = readonly (Column | undefined)[];

/**
 * All rows of a file, which its ending says how to read: .tsv and .csv with a line of names, or without one if a column is a place;
 * .jsonl and .json with an object a line; .parquet; other files are lines of text, in the column `text`.
 *
 * @throws Error of one line naming the file and the rule if it is missing, damaged, or has no row.
 */
export async function readRows(path: string, columns: Columns): Promise<FileRow[]> {
  return notEmpty(path, (await all(rowsOf(path, columns))) as FileRow[]);
}

/**
 * All sentences of a file of tagged words: `words` and `tags`. A file of rows, as of `readRows`, has lists of these; others are in
 * columns, as of CoNLL, where a column is a place.
 *
 * @throws Error as `readRows`; or where most words are texts of several words.
 */
export async function readSentences(path: string, words: Column, tags: Column): Promise<FileRow[]> {
  if (/\.(jsonl?|parquet)$/i.test(path)) return readRows(path, [words, tags]);
  const options = {
    ...(typeof words === 'number' && { wordColumn: words }),
    ...(typeof tags === 'number' && { tagColumn: tags }),
  };
  const sentences = await all(readConll(path, options));
  const found = sentences.flatMap((sentence) => sentence.words);
  const texts = found.filter((word) => word.includes(' '));
  if (texts.length > found.length / 2) {
    throw new Error(
      `${path} must have a word and its tag in each line, but has texts, such as ${excerpt(texts[0]!)}`,
    );
  }
  return notEmpty(
    path,
    sentences.map((sentence) => placedAs({ [words]: sentence.words, [tags]: sentence.tags }, sentence)),
  );
}

function rowsOf(path: string, columns: Columns): AsyncIterable<object> {
  if (/\.(tsv|csv)$/i.test(path)) {
    return columns.some((column) => typeof column === 'number') ? unnamed(path) : readTable(path);
  }
  if (/\.jsonl?$/i.test(path)) return readJsonl(path);
  return /\.parquet$/i.test(path) ? readParquet(path) : lines(path);
}

/** The rows of a table without a line of names: its columns are called 0, 1 … */
async function* unnamed(path: string): AsyncGenerator<object> {
  const delimiter = /\.tsv$/i.test(path) ? '\t' : ',';
  for await (const line of readText(path)) {
    const columns = line.split(delimiter).map((_, place) => String(place));
    yield* readTable(path, { columns });
    return;
  }
}

async function* lines(path: string): AsyncGenerator<object> {
  for await (const text of readText(path)) yield { text };
}

async function all<R>(rows: AsyncIterable<R>): Promise<R[]> {
  const found: R[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

function notEmpty(path: string, rows: FileRow[]): FileRow[] {
  if (rows.length === 0) throw new Error(`${path} must have a row, but has none`);
  return rows;
}
