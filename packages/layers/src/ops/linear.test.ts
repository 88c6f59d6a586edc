import { tensor, transpose } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { expectSame, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { linear } from './linear.js';

describe('linear', () => {
  onEveryBackend(() => {
    test('maps the last axis of any rank', () =>
      scoped(() => {
        const kernel = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
        const bias = tensor([10, 20, 30], [3]);
        const y = linear(tensor([1, 1, 2, -1], [2, 1, 1, 2]), kernel, bias);
        expect(y.shape).toEqual([2, 1, 1, 3]);
        expectClose(y, [15, 27, 39, 8, 19, 30], 1e-6);
        expectClose(linear(tensor([1, 1], [2]), kernel), [5, 7, 9], 1e-6);
        const x = filled([2, 3, 2], 1);
        expectSame([linear(x, transpose(kernel), bias, { transposed: true })], [linear(x, kernel, bias)]);
      }));

    test('has gradients that agree with central differences', () =>
      scoped(() => {
        const inputs = [filled([2, 3, 2], 1), filled([2, 4], 2), filled([4], 3)];
        checkGradients((x, kernel, bias) => linear(x!, kernel!, bias), inputs);
        const [x, kernel, bias] = [filled([2, 3, 2], 1), filled([4, 2], 2), filled([4], 3)];
        checkGradients(
          (...each) => linear(each[0]!, each[1]!, each[2], { transposed: true }),
          [x, kernel, bias],
        );
      }));
  });
});
