import { lessEqual, range, reshape, type Tensor } from '@tensorflow/tfjs-core';

/** Places 0 … S − 1 of keys, (S), int32. */
export const keyPlaces = (length: number): Tensor => range(0, length, 1, 'int32');

/** Places 0 … T − 1 of queries, (T, 1), int32. */
export const queryPlaces = (length: number): Tensor => reshape(keyPlaces(length), [length, 1]);

/** True where a key is not after the query: (T, S), bool. */
export const notAfter = (queryLength: number, keyLength: number): Tensor =>
  lessEqual(keyPlaces(keyLength), queryPlaces(queryLength));
