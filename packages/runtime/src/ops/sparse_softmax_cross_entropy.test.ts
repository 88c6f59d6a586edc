import { grad, sum, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { sparseSoftmaxCrossEntropy } from './sparse_softmax_cross_entropy.js';

describe('sparseSoftmaxCrossEntropy', () => {
  onEveryBackend(() => {
    it('is −log softmax at the label', () => {
      tidy(() => {
        const logits = filled([4, 6], 1, 3);
        const labels = [5, 0, 2, 2];
        const expected = (logits.arraySync() as number[][]).map((row, index) => {
          const total = row.reduce((acc, value) => acc + Math.exp(value), 0);
          return Math.log(total) - row[labels[index]!]!;
        });
        expectClose(sparseSoftmaxCrossEntropy(logits, tensor1d(labels, 'int32')), expected, 1e-6);
      });
    });

    it('has its gradient', () => {
      tidy(() => {
        const labels = tensor1d([5, 0, 2, 2], 'int32');
        checkGradients((logits) => sparseSoftmaxCrossEntropy(logits!, labels), [filled([4, 6], 1, 2)]);
      });
    });

    it('takes huge logits', () => {
      tidy(() => {
        const logits = tensor2d([
          [1000, 0, -1000],
          [-1e30, 0, 1e30],
        ]);
        expectClose(sparseSoftmaxCrossEntropy(logits, tensor1d([1, 2], 'int32')), [1000, 0]);
      });
    });

    it('frees what it makes under a gradient', () => {
      const logits = filled([4, 6], 1);
      const labels = tensor1d([5, 0, 2, 2], 'int32');
      const gradient = grad((logits) => sum(sparseSoftmaxCrossEntropy(logits, labels)))(logits);
      for (const each of [logits, labels, gradient]) each.dispose();
    });

    it('names what does not fit', () => {
      tidy(() => {
        const logits = filled([2, 3], 1);
        expect(() => sparseSoftmaxCrossEntropy(logits, tensor1d([0, 3], 'int32'))).toThrow(/3/);
        expect(() => sparseSoftmaxCrossEntropy(logits, tensor1d([0, 1]))).toThrow('labels must be int32');
        expect(() => sparseSoftmaxCrossEntropy(logits, tensor1d([0], 'int32'))).toThrow(
          'logits must be (N, V) and labels (N), but are (2,3) and (1)',
        );
      });
    });
  });
});
