import { jit } from '@chui/runtime';
import { tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { meanSquaredError } from './mean_squared_error.js';

// Values and gradients of PyTorch: test/parity/losses.
describe('meanSquaredError', () => {
  onEveryBackend(() => {
    test('is the mean over all elements, recorded too', () =>
      scoped(() => {
        const [predictions, labels] = [
          tensor([1, 2.5, -1, 0], [2, 2]),
          tensor([1, 2, 3, 0], [2, 2], 'int32'),
        ];
        const recorded = jit(meanSquaredError);
        for (const loss of [meanSquaredError, recorded]) {
          expectClose(loss(predictions, labels), [16.25 / 4], 1e-6);
        }
        recorded.dispose();
      }));

    test('has gradients that agree with central differences', () => {
      const [predictions, labels] = [filled([3, 2], 2), filled([3, 2], 3)];
      checkGradients(meanSquaredError, [predictions, labels]);
      predictions.dispose();
      labels.dispose();
    });
  });

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => meanSquaredError(zeros([4, 1]), zeros([4]))).toThrow(
        'labels must have the shape of predictions [4,1], but have [4]',
      );
    }));
});
