import type { serialization } from '@tensorflow/tfjs-core';
import { partOf } from '../layer.js';
import { Entmax15 } from './entmax15.js';
import { Gumbel } from './gumbel.js';
import { KeyWeightedSoftmax } from './key_weighted_softmax.js';
import { Normalization } from './normalization.js';
import { Sigmoid } from './sigmoid.js';
import { Softmax } from './softmax.js';
import { Sparsemax } from './sparsemax.js';
import { WeightedSoftmax } from './weighted_softmax.js';

const named = {
  softmax: () => new Softmax(),
  sparsemax: () => new Sparsemax({}),
  entmax15: () => new Entmax15({}),
  sigmoid: () => new Sigmoid(),
  gumbel: () => new Gumbel(),
  weightedSoftmax: () => new WeightedSoftmax({}),
  keyWeightedSoftmax: () => new KeyWeightedSoftmax({}),
} as const;

/** Name of a normalisation with its usual options. */
export type NormalizationName = keyof typeof named;

/**
 * @throws RangeError if there is no such name
 * @throws TypeError if it is another layer
 */
export function normalizationOf(
  given: NormalizationName | Normalization | serialization.ConfigDict,
): Normalization {
  if (typeof given === 'string') {
    if (Object.hasOwn(named, given)) return named[given]();
    throw new RangeError(`normalization must be one of ${Object.keys(named).join(', ')}, but is ${given}`);
  }
  return partOf('normalization', given, 'a normalisation of scores', Normalization);
}
