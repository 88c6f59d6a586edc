import { expandDims, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { positiveInteger } from '../layer.js';
import { notAfter } from './places.js';

/**
 * True for the slots up to a query's own: mask[0, t, s] = s ≤ t. Queries and keys are counted from the same beginning, as
 * with `causal` of the attentions.
 *
 * @returns (1, T, S), bool
 * @throws RangeError if a length is not a positive integer
 */
export function causalMask(queryLength: number, keyLength = queryLength): Tensor3D {
  positiveInteger('queryLength', queryLength);
  positiveInteger('keyLength', keyLength);
  return tidy(() => expandDims(notAfter(queryLength, keyLength), 0));
}
