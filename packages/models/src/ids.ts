import { Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { shown } from './shown.js';

/** Token ids, (B, T): a tensor, or rows of equal length, each a list or such as an Int32Array. */
export type Ids = Tensor | readonly ArrayLike<number>[];

/** A mask, (B, T), 1 or true where there is a token: a tensor, or rows of equal length. */
export type Mask = Tensor | readonly ArrayLike<number | boolean>[];

/**
 * Ids as an int32 tensor. Rows are checked before they reach a backend, which would read whatever lies behind a wrong
 * index; a tensor is taken as it is, for its values may be on a device.
 *
 * @throws RangeError naming the argument, the rule and the value.
 */
export function idTensor(name: string, ids: Ids, vocabSize: number): Tensor2D {
  if (ids instanceof Tensor) {
    if (ids.rank !== 2) throw new RangeError(`${name} must have the shape (B, T), but has [${ids.shape}]`);
    if (ids.dtype !== 'int32') throw new RangeError(`${name} must be of type int32, but is ${ids.dtype}`);
    return ids as Tensor2D;
  }
  return rowsTensor(name, ids, (id) => {
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) return id;
    throw new RangeError(`${name} must be ids from 0 to ${vocabSize - 1}, but has ${shown(id)}`);
  });
}

/** Ids that are labels, of which −100 stands for what does not count. */
export function labelTensor(labels: Ids, vocabSize: number): Tensor2D {
  if (labels instanceof Tensor) return idTensor('labels', labels, vocabSize);
  return rowsTensor('labels', labels, (id) => {
    if (id === -100 || (Number.isInteger(id) && id >= 0 && id < vocabSize)) return id;
    throw new RangeError(`labels must be ids from 0 to ${vocabSize - 1}, or -100, but has ${shown(id)}`);
  });
}

/** A mask as an int32 or bool tensor: 1, or true, where there is a token. A tensor is taken as it is. */
export function maskTensor(name: string, mask: Mask): Tensor2D {
  if (mask instanceof Tensor) {
    if (mask.rank !== 2) throw new RangeError(`${name} must have the shape (B, S), but has [${mask.shape}]`);
    return mask as Tensor2D;
  }
  return rowsTensor(name, mask, (value) => {
    if (value === 0 || value === 1 || typeof value === 'boolean') return Number(value);
    throw new RangeError(`${name} must be 1 at tokens and 0 at padding, but has ${shown(value)}`);
  });
}

/** Rows as an int32 tensor of their values, each of which is checked. */
function rowsTensor<Value>(
  name: string,
  rows: readonly ArrayLike<Value>[],
  check: (value: Value) => number,
): Tensor2D {
  const length = rowLength(name, rows);
  const values = new Int32Array(rows.length * length);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < length; j++) values[i * length + j] = check(row[j]!);
  }
  return tensor2d(values, [rows.length, length], 'int32');
}

/** Whether it is a list of any kind. */
export const isRow = (row: unknown): row is ArrayLike<unknown> =>
  Array.isArray(row) || ArrayBuffer.isView(row);

function rowLength(name: string, rows: readonly ArrayLike<unknown>[]): number {
  const rule = `${name} must be rows, such as [[5, 6]], or a tensor`;
  if (!Array.isArray(rows)) throw new RangeError(`${rule}, but is ${shown(rows)}`);
  const other = rows.findIndex((row) => !isRow(row));
  if (other >= 0) throw new RangeError(`${rule}, but has ${shown(rows[other])} in the place of one`);
  const length = rows[0]?.length ?? 0;
  if (length === 0) throw new RangeError(`${name} must have at least one row and one column, but is empty`);
  const unequal = rows.findIndex((row) => row.length !== length);
  if (unequal >= 0) {
    throw new RangeError(
      `${name} must have rows of equal length, but row 0 has ${length} and row ${unequal} has ${rows[unequal]!.length}`,
    );
  }
  return length;
}
