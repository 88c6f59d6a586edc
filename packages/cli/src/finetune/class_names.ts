/** So many labels, most of which occur once, are no classes: they are of another column. */
const MANY_CLASSES = 100;

/**
 * The names of classes: those that are given, else all that the values of a file have, sorted, as numbers if they are.
 *
 * @param values of the training data
 * @throws Error of one line naming the file if there are fewer than two, or about as many as values.
 */
export function classNames(
  path: string,
  values: readonly unknown[],
  given: readonly string[] | undefined,
): readonly string[] {
  if (given) return given;
  const found = [...new Set(values.map(nameOf))].filter((name) => name !== undefined);
  const areNumbers = found.every((name) => Number.isFinite(Number(name)));
  const names = found.sort((a, b) => (areNumbers ? Number(a) - Number(b) : a < b ? -1 : 1));
  if (names.length > MANY_CLASSES && names.length > values.length / 2) {
    throw new Error(
      `${path} must have labels that rows share, but has ${names.length} in ${values.length} rows, such as ${JSON.stringify(names[0])}`,
    );
  }
  if (names.length >= 2) return names;
  throw new Error(`${path} must have two labels at least, but has ${names.join(', ') || 'none'}`);
}

/** What a value of a file calls a class: undefined if it can be no name. */
function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'boolean' || Number.isInteger(value) ? String(value) : undefined;
}

/**
 * The number of the class that a value means: by its name, or where no name is a number, by its number.
 *
 * @param what whose value it is, for errors
 * @throws RangeError naming what it is of if it is none.
 */
export function classId(value: unknown, names: readonly string[], what: string): number {
  const name = nameOf(value);
  const id = names.indexOf(name ?? '');
  if (id >= 0) return id;
  const mayBeNumber = !names.some((each) => /^\d+$/.test(each));
  const isNumber = mayBeNumber && name !== undefined && /^\d+$/.test(name) && Number(name) < names.length;
  if (isNumber) return Number(name);
  const some = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  const numbers = mayBeNumber ? `, or from 0 to ${names.length - 1}` : '';
  throw new RangeError(
    `${what} must be one of ${some}${numbers}, but is ${JSON.stringify(value) ?? 'missing'}`,
  );
}

/** What a model's configuration says of its classes. */
export function labelConfig(names: readonly string[]): { id2label: object; label2id: object } {
  return {
    id2label: Object.fromEntries(names.map((name, id) => [id, name])),
    label2id: Object.fromEntries(names.map((name, id) => [name, id])),
  };
}
