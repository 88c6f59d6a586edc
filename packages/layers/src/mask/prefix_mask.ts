import { expandDims, less, logicalOr, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { positiveInteger } from '../layer.js';
import { type Lengths, lengthsColumn } from './lengths.js';
import { keyPlaces, notAfter } from './places.js';

/**
 * Causal but for a prefix, which all queries see whole: mask[b, t, s] = s ≤ t or s < prefixLengths[b].
 *
 * @param prefixLengths one for each row, a tensor (B) or numbers
 * @param length T, of queries and keys alike
 * @returns (B, T, T), bool
 * @throws RangeError if length is not a positive integer, prefixLengths are no vector, or a number among them is no
 *   integer from 0 to length
 * @see Raffel et al. (2020), section 3.2.1, https://arxiv.org/abs/1910.10683
 */
export function prefixMask(prefixLengths: Lengths, length: number): Tensor3D {
  positiveInteger('length', length);
  return tidy(() => {
    const prefix = less(keyPlaces(length), lengthsColumn('prefixLengths', prefixLengths, length)); // (B, S)
    return logicalOr(expandDims(prefix, 1), expandDims(notAfter(length, length), 0)); // (B, T, S)
  });
}
