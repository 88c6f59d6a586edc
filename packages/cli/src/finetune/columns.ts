import { excerpt } from '@chui/training';
import type { Column, FileRow } from './read_rows.js';

/**
 * The name of the column that is given, else the first of some usual ones that the file has.
 *
 * @throws Error of one line naming the file and the columns that it has if it has none of them.
 */
export function columnIn(
  path: string,
  rows: readonly FileRow[],
  given: Column | undefined,
  usual: readonly string[] = [],
): string {
  const wanted = given === undefined ? usual : [String(given)];
  const has = Object.keys(rows[0]!);
  const found = wanted.find((name) => has.includes(name));
  if (found !== undefined) return found;
  const names = has.map(excerpt).join(', ');
  const hint = /\.(tsv|csv)$/i.test(path) ? hintOf(has) : '';
  throw new Error(`${path} must have the column ${wanted.join(' or ')}, but has ${names}${hint}`);
}

/** What may be meant by a table whose columns are called so. */
const hintOf = (names: readonly string[]): string =>
  names.every((name, place) => name === String(place))
    ? ' (a column that is a number means that there is no line of names)'
    : ' (where its first line has no names, columns are numbers, from 0)';

/** Runs what reads rows of a file, and names the file in what it throws, if that does not. */
export function ofFile<R>(path: string, read: () => R): R {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw message.includes(path) ? error : new Error(`${path}: ${message}`);
  }
}
