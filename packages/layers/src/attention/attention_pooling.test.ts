import { jit } from '@chui/runtime';
import { ones, reshape, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { keyWeightedSoftmax } from '../normalization/key_weighted_softmax.js';
import { additiveAttention } from './additive_attention.js';
import { attentionPooling } from './attention_pooling.js';

describe('AttentionPooling', () => {
  const [B, T, D, U] = [3, 4, 2, 3];
  const x = () => filled([B, T, D], 1);
  /** Of the last sequence nothing may be seen. */
  const mask = () => tensor([1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0], [B, T], 'int32');

  onEveryBackend((backend) => {
    describe('alone', () =>
      layerContract({ make: () => attentionPooling({ units: U }), inputs: () => [x()] }));
    describe('with a mask, weights and another normalisation', () =>
      layerContract({
        make: () =>
          attentionPooling({
            units: U,
            activation: 'sigmoid',
            normalization: keyWeightedSoftmax(),
            returnWeights: true,
          }),
        inputs: () => [x(), mask()],
      }));

    test('is additive attention of a query of zeros', () =>
      scoped((own) => {
        const pooling = own(attentionPooling({ units: U, returnWeights: true }));
        const attention = own(additiveAttention({ units: U, returnWeights: true }));
        const query = zeros([B, 1, 1]);
        apply(pooling, [x(), mask()]);
        apply(attention, [query, x(), x(), mask()]);
        fillWeights(pooling, 5);
        const [contextVector, kernel, bias] = pooling.getWeights() as [Tensor, Tensor, Tensor];
        attention.setWeights([zeros([1, U]), kernel, bias, contextVector]);
        const [context, weights] = apply(attention, [query, x(), x(), mask()]) as [Tensor, Tensor];
        expectSame(apply(pooling, [x(), mask()]), [reshape(context, [B, D]), reshape(weights, [B, T])]);
      }));

    if (backend === 'native') {
      test('is recorded, with its gradients', () =>
        scoped((own) => {
          const layer = own(attentionPooling({ units: U, returnWeights: true }));
          const outcome = (of: Tensor) => [
            ...apply(layer, [of, mask()]),
            ...layerGradients(layer, [of, mask()]),
          ];
          const expected = outcome(x());
          const recorded = jit(outcome);
          try {
            expectSame(recorded(x()), expected);
          } finally {
            recorded.dispose();
          }
        }));
    }
  });

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => attentionPooling({ units: 0 })).toThrow('units must be a positive integer, but is 0');
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(attentionPooling({ units: 2 }), inputs)).toThrow(message);
      fails([ones([2, 3])], 'x must be of rank 3 (batch, length, width), but has shape [2,3]');
      fails([ones([2, 3, 4]), ones([2, 4])], 'mask must be of shape (2, 3), but has shape [2,4]');
    }));
});
