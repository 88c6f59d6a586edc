import { type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
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
import { layerNorm } from './layer_norm.js';

describe('LayerNorm', () => {
  onEveryBackend(() => {
    layerContract({ make: () => layerNorm({ epsilon: 0.01 }), inputs: () => [filled([2, 3, 4], 1)] });

    test.each([[[3, 4]], [[2, 3, 4]], [[2, 1, 3, 4]]])('follows the equation over %s', (shape) =>
      scoped((own) => {
        const layer = own(layerNorm());
        const x = filled(shape, 1);
        apply(layer, [x]);
        fillWeights(layer, 3);
        const [gamma, beta] = layer.getWeights().map((weight) => weight.dataSync()) as [
          Float32Array,
          Float32Array,
        ];
        const values = Array.from(x.dataSync());
        const expected = values.map((value, i) => {
          const row = values.slice(i - (i % 4), i - (i % 4) + 4);
          const mean = row.reduce((sum, each) => sum + each) / 4;
          const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 4;
          return ((value - mean) / Math.sqrt(variance + 1e-5)) * gamma[i % 4]! + beta[i % 4]!;
        });
        expectSame(apply(layer, [x]), [tensor(expected, shape)], 1e-5);
      }),
    );

    test('begins with the identity of what is normalised', () =>
      scoped((own) => {
        const [output] = apply(own(layerNorm()), [tensor([[1, -1]])]) as [Tensor];
        expectSame([output], [tensor([[1, -1]])], 1e-5);
        expectSame(apply(own(layerNorm()), [zeros([1, 3])]), [zeros([1, 3])], 0);
      }));
  });

  test('names what is wrong', () => {
    expect(() => layerNorm({ epsilon: 0 })).toThrow('epsilon must be positive, but is 0');
  });
});
