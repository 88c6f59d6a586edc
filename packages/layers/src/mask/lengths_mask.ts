import { less, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { positiveInteger } from '../layer.js';
import { type Lengths, lengthsColumn } from './lengths.js';
import { keyPlaces } from './places.js';

/**
 * True for the first slots of each row: mask[b, s] = s < lengths[b].
 *
 * @param lengths one for each row, a tensor (B) or numbers
 * @param maxLength S, the number of slots that rows are padded to on the right
 * @returns (B, S), bool, which keeps all queries from the padding
 * @throws RangeError if maxLength is not a positive integer, lengths are no vector, or a number among them is no integer
 *   from 0 to maxLength
 */
export function lengthsMask(lengths: Lengths, maxLength: number): Tensor2D {
  positiveInteger('maxLength', maxLength);
  return tidy(() => less(keyPlaces(maxLength), lengthsColumn('lengths', lengths, maxLength)));
}
