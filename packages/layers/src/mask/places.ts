import { lessEqual, range, reshape, type Tensor } from '@tensorflow/tfjs-core';

/** Places 0 … S − 1 of keys, (S), int32. */
export const keyPlaces = (length: number): Tensor => range(0, length, 1, 'int32');

/** Places first … first + T − 1 of queries, (T, 1), int32. */
export const queryPlaces = (length: number, first = 0): Tensor =>
  reshape(range(first, first + length, 1, 'int32'), [length, 1]);

/** True where a key is not after the query: (T, S), bool. */
export const notAfter = (queryLength: number, keyLength: number, first = 0): Tensor =>
  lessEqual(keyPlaces(keyLength), queryPlaces(queryLength, first));
