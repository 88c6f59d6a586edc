import {
  expandDims,
  greaterEqual,
  lessEqual,
  logicalAnd,
  scalar,
  sub,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { positiveInteger } from '../layer.js';
import { keyPlaces, queryPlaces } from './places.js';

/** Options of `windowMask`. */
export interface WindowMaskOptions {
  /** Slots before its own that a query sees. Default: all. */
  left?: number;
  /** Slots after its own that a query sees, 0 for a causal window. Default: all. */
  right?: number;
}

/**
 * True for the slots near a query's own: mask[0, t, s] = t − left ≤ s ≤ t + right.
 *
 * @param length T, of queries and keys alike
 * @returns (1, T, T), bool
 * @throws RangeError if length is not a positive integer, or left or right is neither an integer of at least 0 nor Infinity
 */
export function windowMask(
  length: number,
  { left = Infinity, right = Infinity }: WindowMaskOptions = {},
): Tensor3D {
  positiveInteger('length', length);
  for (const [name, reach] of Object.entries({ left, right })) {
    if (reach !== Infinity && !(Number.isInteger(reach) && reach >= 0)) {
      throw new RangeError(`${name} must be an integer of at least 0, or Infinity, but is ${reach}`);
    }
  }
  return tidy(() => {
    const offsets = sub(keyPlaces(length), queryPlaces(length)); // (T, S): s − t
    const [first, last] = [-Math.min(left, length), Math.min(right, length)].map((offset) =>
      scalar(offset, 'int32'),
    );
    return expandDims(logicalAnd(greaterEqual(offsets, first!), lessEqual(offsets, last!)), 0);
  });
}
