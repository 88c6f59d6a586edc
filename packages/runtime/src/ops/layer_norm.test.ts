import { grads, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { layerNorm } from './layer_norm.js';

describe('layerNorm', () => {
  onEveryBackend(() => {
    it('follows its formula', () => {
      tidy(() => {
        const [x, gamma, beta] = [filled([2, 3, 5], 1, 4), filled([5], 2), filled([5], 3)];
        const [scale, shift] = [gamma.dataSync(), beta.dataSync()];
        const expected = (x.arraySync() as number[][][]).flat().flatMap((row) => {
          const mean = row.reduce((a, b) => a + b) / 5;
          const variance = row.reduce((acc, value) => acc + (value - mean) ** 2, 0) / 5;
          return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 0.01)) * scale[i]! + shift[i]!);
        });
        const y = layerNorm(x, gamma, beta, 0.01);
        expect(y.shape).toEqual([2, 3, 5]);
        expectClose(y, expected, 1e-5);
      });
    });

    it('has its gradients, for inputs of any rank', () => {
      tidy(() => {
        for (const shape of [[2, 3, 5], [3, 5], [5]]) {
          const inputs = [filled(shape, 1, 2), filled([5], 2), filled([5], 3)];
          checkGradients((...args) => layerNorm(...(args as [Tensor, Tensor, Tensor]), 1e-3), inputs);
        }
      });
    });

    it('gives beta for equal numbers', () => {
      tidy(() => {
        const beta = filled([4], 1);
        expectClose(layerNorm(filled([3, 4], 2, 0), filled([4], 3), beta), [
          ...beta.dataSync(),
          ...beta.dataSync(),
          ...beta.dataSync(),
        ]);
      });
    });

    it('frees what it makes under a gradient', () => {
      const inputs = [filled([3, 4], 1), filled([4], 2), filled([4], 3)];
      const gradients = grads((...args: Tensor[]) => sum(layerNorm(...(args as [Tensor, Tensor, Tensor]))))(
        inputs,
      );
      for (const each of [...inputs, ...gradients]) each.dispose();
    });
  });

  it('names what does not fit', () => {
    tidy(() => {
      const x = filled([3, 4], 1);
      expect(() => layerNorm(x, filled([3], 1), filled([4], 1))).toThrow(
        'gamma must be of shape (4), but is (3)',
      );
      expect(() => layerNorm(x, filled([4], 1), filled([4], 1), 0)).toThrow(
        'epsilon must be above 0, but is 0',
      );
    });
  });
});
