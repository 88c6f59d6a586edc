import { add, concat, slice, tanh, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectSame, layerContract, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { activate } from './activate.js';
import { bias } from './bias.js';
import { firstPosition } from './first_position.js';
import { lastToken } from './last_token.js';

onEveryBackend(() => {
  describe('FirstPosition', () =>
    layerContract({ make: firstPosition, inputs: () => [filled([2, 3, 4], 1)] }));
  describe('LastToken', () =>
    layerContract({
      make: lastToken,
      inputs: () => [filled([2, 3, 4], 1), tensor([1, 1, 0, 0, 1, 1], [2, 3], 'int32')],
    }));
  describe('Activate', () =>
    layerContract({ make: () => activate({ activation: 'tanh' }), inputs: () => [filled([2, 3, 4], 1)] }));
  describe('Bias', () => layerContract({ make: bias, inputs: () => [filled([2, 3, 4], 1)] }));

  test('the last token is found by the mask, on whatever side the padding is', () =>
    scoped((own) => {
      const layer = own(lastToken());
      const x = filled([5, 3, 2], 3);
      const rows = [
        [1, 1, 0],
        [0, 1, 1],
        [1, 0, 0],
        [0, 0, 0],
        [0, 1, 0],
      ];
      const places = [1, 2, 0, 0, 1].map((place, row) =>
        slice(x, [row, place, 0], [1, 1, 2]).reshape([1, 2]),
      );
      for (const dtype of ['int32', 'bool', 'float32'] as const) {
        expectSame([layer.call([x, tensor(rows.flat(), [5, 3], dtype)])], [concat(places)], 0);
      }
      expect(() => layer.call([x, tensor([1, 1, 1])])).toThrow('mask must have the shape [5,3], but has [3]');
    }));

  test('they are a slice, an activation and a sum', () =>
    scoped((own) => {
      const x = filled([2, 3, 4], 2);
      expectSame([own(firstPosition()).call(x)], [slice(x, [0, 0, 0], [2, 1, 4]).reshape([2, 4])], 0);
      expect(() => firstPosition().call(filled([2, 3], 1))).toThrow('x must be of rank 3');
      expectSame([own(activate({ activation: 'tanh' })).call(x)], [tanh(x)], 0);
      const layer = own(bias());
      layer.apply(x);
      const b = tensor([1, 2, 3, 4]);
      layer.setWeights([b]);
      expectSame([layer.call(x)], [add(x, b)], 0);
    }));
});
