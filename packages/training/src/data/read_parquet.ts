import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { fileError } from './file_error.js';
import type { JsonRow } from './read_jsonl.js';
import { placed } from './row_places.js';

export interface ReadParquetOptions {
  /** Names of the columns that are read; all if not given. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * The rows of a parquet file, one group of rows in memory at a time. Integers of 64 bits are numbers where these hold them, else
 * BigInts.
 *
 * @throws Error of one line naming the file and the rule if it is missing or damaged, or lacks a column.
 * @example
 * for await (const { text, label } of readParquet('train.parquet', { columns: ['text', 'label'] })) use(text, label);
 */
export async function* readParquet(
  path: string,
  { columns }: ReadParquetOptions = {},
): AsyncGenerator<JsonRow> {
  const damaged = (error: NodeJS.ErrnoException): never => {
    if (error.code === 'ENOENT') throw fileError(path, error);
    throw new Error(`${path} must be a parquet file, but ${error.message.split('\n')[0]}`, { cause: error });
  };
  const file = await asyncBufferFromFile(path).catch(damaged);
  const metadata = await parquetMetadataAsync(file).catch(damaged);
  const known = parquetSchema(metadata).children.map(({ element }) => element.name);
  const missing = columns?.find((name) => !known.includes(name));
  if (missing !== undefined)
    throw new Error(`${path} must have the column ${missing}, but has ${known.join(', ')}`);
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(num_rows);
    const selected = columns && { columns: [...columns] };
    const group = { file, metadata, rowStart, rowEnd, compressors, ...selected };
    let number = rowStart;
    for (const row of await parquetReadObjects(group).catch(damaged)) {
      yield placed(plain(row) as JsonRow, { path, row: number++ });
    }
    rowStart = rowEnd;
  }
}

/** Values with numbers for BigInts that they hold. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
