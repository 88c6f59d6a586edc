import { add, matMul, reshape, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { linear } from './linear.js';

describe('linear', () => {
  onEveryBackend(() => {
    it('is a product and a bias', () => {
      tidy(() => {
        const y = linear(
          tensor([1, 1, 2, -1], [2, 2]),
          tensor([1, 2, 3, 4, 5, 6], [2, 3]),
          tensor([10, 20, 30]),
        );
        expect(y.shape).toEqual([2, 3]);
        expectClose(y, [15, 27, 39, 8, 19, 30], 1e-6);
      });
    });

    it.each([
      [2, 3, 4],
      [40, 3, 30],
    ])('has gradients that agree with central differences: %i · %i · %i', (rows, width, columns) => {
      tidy(() => {
        const inputs = [filled([rows, width], 1), filled([width, columns], 2), filled([columns], 3)];
        expectClose(
          linear(inputs[0]!, inputs[1]!, inputs[2]!),
          add(matMul(inputs[0]!, inputs[1]!), inputs[2]!).dataSync() as Float32Array,
          1e-6,
        );
        checkGradients((x, kernel, bias) => linear(x!, kernel!, bias!), inputs);
      });
    });

    it.each([[[3]], [[2, 5, 3]], [[2, 1, 20, 3]], [[2, 0, 3]]])(
      'goes over the last axis of (%s)',
      (shape) => {
        tidy(() => {
          const [x, kernel, bias] = [filled(shape, 1), filled([3, 60], 2), filled([60], 3)];
          const y = linear(x, kernel, bias);
          expect(y.shape).toEqual([...shape.slice(0, -1), 60]);
          const rows = linear(reshape(x, [x.size / 3, 3]), kernel, bias);
          expectClose(y, rows.dataSync() as Float32Array, 1e-6);
          if (x.size > 0) checkGradients((x, kernel, bias) => linear(x!, kernel!, bias!), [x, kernel, bias]);
        });
      },
    );

    it('says what does not belong together', () => {
      tidy(() => {
        const [x, kernel, bias] = [filled([2, 3], 1), filled([3, 4], 2), filled([4], 3)];
        const message = 'kernel must be of shape (I, O) for x (…, I), but is';
        expect(() => linear(filled([2, 4], 1), kernel, bias)).toThrow(`${message} (3,4) for (2,4)`);
        expect(() => linear(filled([1, 3, 2], 1), kernel, bias)).toThrow(`${message} (3,4) for (1,3,2)`);
        expect(() => linear(x, kernel, filled([1], 1))).toThrow('bias must be of shape (4), but is (1)');
      });
    });
  });
});
