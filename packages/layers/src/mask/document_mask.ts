import { equal, expandDims, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';

/**
 * True within a document, of rows that hold several one after the other: mask[b, t, s] = ids[b, t] = ids[b, s].
 *
 * @param documentIds (B, T), the number of the document that each slot belongs to
 * @returns (B, T, T), bool
 * @throws RangeError if the ids are of another rank
 */
export function documentMask(documentIds: Tensor): Tensor3D {
  if (documentIds.rank !== 2) {
    throw new RangeError(
      `documentIds must be of rank 2 (batch, length), but have shape [${documentIds.shape}]`,
    );
  }
  return tidy(() => equal(expandDims(documentIds, 2), expandDims(documentIds, 1)));
}
