import { notEqual, scalar, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/**
 * True where an id is not padding: mask[b, s] = ids[b, s] ≠ padId.
 *
 * @param ids (B, S), int32
 * @returns (B, S), bool, which keeps all queries from the padding
 * @throws RangeError if ids are of another rank, or padId is not an integer
 */
export function paddingMask(ids: Tensor, padId: number): Tensor2D {
  if (ids.rank !== 2) {
    throw new RangeError(`ids must be of rank 2 (batch, length), but have shape [${ids.shape}]`);
  }
  if (!Number.isInteger(padId)) throw new RangeError(`padId must be an integer, but is ${padId}`);
  return tidy(() => notEqual(ids as Tensor2D, scalar(padId, ids.dtype)));
}
