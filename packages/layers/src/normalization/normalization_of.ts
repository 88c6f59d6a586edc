import type { serialization } from '@tensorflow/tfjs-core';
import { deserializeLayer } from '../layer.js';
import { Normalization } from './normalization.js';
import { Softmax } from './softmax.js';
export type NormalizationName = 'softmax';
export function normalizationOf(
  given: NormalizationName | Normalization | serialization.ConfigDict,
): Normalization {
  if (given === 'softmax') return new Softmax({});
  const layer = deserializeLayer(given as Normalization);
  if (!(layer instanceof Normalization)) throw new TypeError('normalization must be one');
  return layer;
}
