import { Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';

/** Token ids or a mask, (B, T): a tensor, or rows of equal length. */
export type Ids = Tensor | readonly (readonly number[])[];

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
  const length = rowLength(name, ids);
  for (const row of ids) {
    for (const id of row) {
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
        throw new RangeError(`${name} must be ids from 0 to ${vocabSize - 1}, but has ${id}`);
      }
    }
  }
  return tensor2d(Int32Array.from(ids.flat()), [ids.length, length], 'int32');
}

/** A mask as an int32 or bool tensor: 1, or true, where there is a token. */
export function maskTensor(name: string, mask: Ids): Tensor2D {
  if (mask instanceof Tensor) {
    if (mask.rank !== 2) throw new RangeError(`${name} must have the shape (B, S), but has [${mask.shape}]`);
    return mask as Tensor2D;
  }
  const length = rowLength(name, mask);
  return tensor2d(Int32Array.from(mask.flat()), [mask.length, length], 'int32');
}

function rowLength(name: string, rows: readonly (readonly number[])[]): number {
  const length = rows[0]?.length ?? 0;
  if (length === 0) throw new RangeError(`${name} must have at least one row and one column, but is empty`);
  const other = rows.findIndex((row) => row.length !== length);
  if (other >= 0) {
    throw new RangeError(
      `${name} must have rows of equal length, but row 0 has ${length} and row ${other} has ${rows[other]!.length}`,
    );
  }
  return length;
}
