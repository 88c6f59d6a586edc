/** Where a row stands: in which file, and in which line of it, or as which of its rows. */
interface Place {
  readonly path: string;
  readonly line?: number;
  readonly row?: number;
}

const places = new WeakMap<object, Place>();

/** Remembers where a reader found a row: the line, from 1, in which it begins, or in files without lines its number, from 0. */
export function placed<R extends object>(row: R, place: Place): R {
  places.set(row, place);
  return row;
}

/** A row that was made of another, and stands where that does. */
export function placedAs<R extends object>(row: R, other: object): R {
  const place = places.get(other);
  return place ? placed(row, place) : row;
}

/**
 * What errors call a row: `train.tsv:4` if a reader of files gave it, else `row 3`.
 *
 * @param index from 0
 * @example
 * for await (const row of readTable('train.tsv')) placeOf(row, 0); // => 'train.tsv:2'
 */
export function placeOf(row: object, index: number): string {
  const { path, line, row: number = index } = places.get(row) ?? {};
  if (path === undefined) return `row ${index}`;
  return line === undefined ? `row ${number} of ${path}` : `${path}:${line}`;
}
