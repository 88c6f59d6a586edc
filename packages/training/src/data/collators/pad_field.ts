import { ExampleError, shown } from './example_error.js';

/** Fields of an example by their names. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is an array or a typed array. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** How many tokens an example has. @throws ExampleError unless `inputIds` is a list that has one. */
export function tokenCount(example: Fields, row = 0): number {
  const { inputIds } = example;
  if (!isList(inputIds))
    throw new ExampleError(row, `must have a list as inputIds, but has ${shown(inputIds)}`);
  if (inputIds.length === 0) throw new ExampleError(row, 'must have a token, but has no inputIds');
  return inputIds.length;
}

/** The number of tokens of each example. @throws ExampleError if one has none, or more than `length`. */
export function tokenCounts(examples: readonly Fields[], length: number): Int32Array {
  const counts = new Int32Array(examples.length);
  for (let row = 0; row < counts.length; row++) {
    const count = tokenCount(examples[row]!, row);
    if (count > length) {
      throw new ExampleError(
        row,
        `must be no longer than the length given, ${length}, but has ${count} inputIds`,
      );
    }
    counts[row] = count;
  }
  return counts;
}

/**
 * A field that has one integer a token, padded at the end: (B, length).
 *
 * @param counts how many each example has
 * @throws ExampleError if one has more or fewer, or a value is no int32.
 */
export function padField(
  examples: readonly Fields[],
  field: string,
  counts: Int32Array,
  length: number,
  padding: number,
): Int32Array {
  const padded = new Int32Array(examples.length * length);
  for (let row = 0; row < examples.length; row++) {
    const values = examples[row]![field];
    const count = counts[row]!;
    if (!isList(values))
      throw new ExampleError(row, `must have a list as ${field}, but has ${shown(values)}`);
    if (values.length !== count) {
      throw new ExampleError(row, `must have ${count} ${field}, one a token, but has ${values.length}`);
    }
    putRow(padded, row, length, values, field);
    if (padding !== 0) padded.fill(padding, row * length + count, (row + 1) * length);
  }
  return padded;
}

/** 1 at tokens, 0 at padding, (B, length); an example with an `attentionMask` of its own has that. */
export function maskField(examples: readonly Fields[], counts: Int32Array, length: number): Int32Array {
  const mask = new Int32Array(examples.length * length);
  for (let row = 0; row < examples.length; row++) {
    const { attentionMask } = examples[row]!;
    const count = counts[row]!;
    if (attentionMask === undefined) {
      mask.fill(1, row * length, row * length + count);
    } else if (isList(attentionMask) && attentionMask.length === count) {
      putRow(mask, row, length, attentionMask, 'attentionMask');
    } else {
      const has = isList(attentionMask) ? attentionMask.length : shown(attentionMask);
      throw new ExampleError(row, `must have ${count} in attentionMask, one a token, but has ${has}`);
    }
  }
  return mask;
}

function putRow(
  padded: Int32Array,
  row: number,
  length: number,
  values: ArrayLike<unknown>,
  field: string,
): void {
  const start = row * length;
  if (values instanceof Int32Array) {
    padded.set(values, start);
    return;
  }
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!isInt32(value)) {
      throw new ExampleError(row, `must have integers as ${field}, but has ${shown(value)}`);
    }
    padded[start + at] = value;
  }
}

export function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}
