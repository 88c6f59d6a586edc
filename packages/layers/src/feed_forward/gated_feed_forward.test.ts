import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, expectSame, layerContract, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { gatedFeedForward } from './gated_feed_forward.js';

const inputs = () => [filled([2, 3, 4], 1)];

onEveryBackend(() => {
  describe('without biases', () => layerContract({ make: () => gatedFeedForward({ hiddenDim: 3 }), inputs }));
  describe('with biases', () =>
    layerContract({
      make: () => gatedFeedForward({ hiddenDim: 3, activation: 'gelu', useBias: true }),
      inputs,
    }));

  test('drops in training only', () =>
    scoped((own) => {
      const layer = own(gatedFeedForward({ hiddenDim: 8, dropout: 0.5 }));
      const first = apply(layer, inputs());
      expectSame(apply(layer, inputs()), first, 0);
      const trained = layer.apply(inputs()[0]!, { training: true }) as Tensor;
      expect(Array.from(trained.dataSync())).not.toEqual(Array.from(first[0]!.dataSync()));
    }));
});

test('names what is wrong', () => {
  expect(() => gatedFeedForward({ hiddenDim: 1.5 })).toThrow(
    'hiddenDim must be a positive integer, but is 1.5',
  );
});
