import { slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { keyValueProjection } from './key_value_projection.js';
import { multiHeadAttention } from './multi_head_attention.js';

const [B, S, M, H] = [2, 4, 6, 2];
const args = { numHeads: H, keyDim: 3, valueDim: 5 };

describe('KeyValueProjection', () => {
  onEveryBackend(() => {
    describe('of a memory', () =>
      layerContract({ make: () => keyValueProjection(args), inputs: () => [filled([B, S, M], 1)] }));
    describe('of keys and values, without biases', () =>
      layerContract({
        make: () => keyValueProjection({ ...args, useBias: false }),
        inputs: () => [filled([B, S, M], 1), filled([B, S, 3], 2)],
      }));

    test('gives each head its columns', () =>
      scoped((own) => {
        const layer = own(keyValueProjection(args));
        const memory = filled([B, S, M], 1);
        const [keys, values] = apply(layer, [memory]) as [Tensor, Tensor];
        expect([keys.shape, values.shape]).toEqual([
          [B, H, S, 3],
          [B, H, S, 5],
        ]);
        const lone = own(keyValueProjection({ ...args, numHeads: 1 }));
        apply(lone, [memory]);
        const second = (weight: Tensor, width: number) =>
          weight.rank === 2 ? slice(weight, [0, width], [M, width]) : slice(weight, [width], [width]);
        fillWeights(layer, 3);
        const widths = [3, 3, 5, 5];
        lone.setWeights(layer.getWeights().map((weight, i) => second(weight, widths[i]!)));
        const whole = apply(layer, [memory]);
        const part = (tensor: Tensor) => slice(tensor, [0, 1, 0, 0], [B, 1, S, tensor.shape[3]!]);
        expectSame(apply(lone, [memory]), whole.map(part));
      }));

    test('is what an attention prepares, with the same weights', () =>
      scoped((own) => {
        const attention = own(multiHeadAttention(args));
        const memory = filled([B, S, M], 1);
        attention.attend({ query: memory });
        fillWeights(attention, 3);
        const { keys, values } = attention.prepare({ key: memory });
        expectSame(apply(attention.keysAndValues, [memory]), [keys, values], 0);
      }));
  });

  test('names what is wrong', () => {
    expect(() => keyValueProjection({ ...args, keyDim: 0 })).toThrow(
      'keyDim must be a positive integer, but is 0',
    );
    scoped(() => {
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(keyValueProjection(args), inputs)).toThrow(message);
      fails([zeros([B, M])], 'key must be of rank 3 (batch, length, width), but has shape [2,6]');
      fails([zeros([B, S, M]), zeros([B, M])], 'value must be of rank 3 (batch, length, width)');
    });
  });
});
