import { shown } from './collators/example_error.js';
import { placeOf } from './row_places.js';

/** A row of a reader: values by column. */
export type Row = Readonly<Record<string, unknown>>;

/** The value of a column. @throws RangeError naming the columns that there are if the row, by its index, lacks it. */
export function columnOf(row: Row, index: number, column: string): unknown {
  const value = row[column];
  if (value !== undefined) return value;
  const columns = Object.keys(row).join(', ') || 'none';
  throw new RangeError(`${placeOf(row, index)} must have the column ${column}, but has ${columns}`);
}

/** The text of a column. @throws RangeError as `columnOf`; TypeError if it is no text. */
export function textOf(row: Row, index: number, column: string): string {
  const value = columnOf(row, index, column);
  if (typeof value === 'string') return value;
  throw new TypeError(`${column} of ${placeOf(row, index)} must be a text, but is ${shown(value)}`);
}

/** The class that a value means, by name or number. @throws RangeError naming what it is of if it is none. */
export function classOf(value: unknown, names: ReadonlyMap<string, number>, what: string): number {
  const known = typeof value === 'string' ? names.get(value) : value;
  const isKnown = typeof known === 'number' && Number.isInteger(known) && known >= 0 && known < names.size;
  if (isKnown) return known;
  const some = [...names.keys()].slice(0, 10).join(', ') + (names.size > 10 ? ', …' : '');
  throw new RangeError(
    `${what} must be one of ${some}, or from 0 to ${names.size - 1}, but is ${shown(value)}`,
  );
}

/** The numbers of classes by their names. @throws RangeError if there are none, or two have one name. */
export function numbersOf(labels: readonly string[]): ReadonlyMap<string, number> {
  if (labels.length === 0) throw new RangeError('labels must have a name, but are empty');
  const numbers = new Map(labels.map((name, number) => [name, number]));
  if (numbers.size === labels.length) return numbers;
  const twice = labels.find((name, number) => numbers.get(name) !== number);
  throw new RangeError(`labels must have names of their own, but two are ${twice}`);
}
