import { mul, tensor, tensor1d, tensor2d, type Variable } from '@tensorflow/tfjs-core';
import { LayerVariable } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, layerContract, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { Linear, linear } from './linear.js';

describe('Linear', () => {
  onEveryBackend(() => {
    describe.each([[[3, 2]], [[2, 3, 2]], [[2, 1, 3, 2]]])('over %s', (shape) =>
      layerContract({ make: () => linear({ units: 4 }), inputs: () => [filled(shape, 1)] }),
    );
    describe('without a bias', () =>
      layerContract({ make: () => linear({ units: 3, useBias: false }), inputs: () => [filled([2, 4], 1)] }));
  });

  test('names its weights', () =>
    scoped((own) => {
      const layer = own(linear({ name: 'head', units: 3 }));
      apply(layer, [filled([2, 4], 1)]);
      expect(layer.weights.map(({ originalName }) => originalName)).toEqual(['head/kernel', 'head/bias']);
    }));

  test('adds what it is adapted by, before the activation, and has its weights', () =>
    scoped((own) => {
      const layer = own(linear({ name: 'head', units: 2, activation: 'relu' }));
      apply(layer, [tensor([[1, 2]])]);
      layer.setWeights([tensor2d([1, 0, 0, 1], [2, 2]), tensor1d([0, -3])]);
      const kernel = layer.weights[0]!.read() as Variable;
      expect(Linear.ofKernel(kernel)).toBe(layer);
      const weight = new LayerVariable(tensor1d([-5, 2]), 'float32', 'more');
      layer.adapt({ weights: [weight], call: (x) => mul(x, weight.read()) });
      const names = () => layer.trainableWeights.map(({ originalName }) => originalName);
      expect(names()).toEqual(['head/kernel', 'head/bias', 'more']);
      const [adapted] = apply(layer, [tensor([[1, 2]])]);
      expect([...adapted!.dataSync()]).toEqual([0, 3]);
      layer.adapt();
      weight.dispose();
      expect(names()).toEqual(['head/kernel', 'head/bias']);
      const [plain] = apply(layer, [tensor([[1, 2]])]);
      expect([...plain!.dataSync()]).toEqual([1, 0]);
    }));

  test('names what is wrong', () => {
    expect(() => new Linear({ units: -1 })).toThrow('units must be a positive integer, but is -1');
  });
});
