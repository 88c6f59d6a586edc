import { jit } from '@chui/runtime';
import {
  grads,
  mul,
  ones,
  slice,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { crossEntropy } from './cross_entropy.js';

/** Mean over the labels that count of −Σ q log p, with loops in float64. */
function oracle(logits: Tensor, labels: number[], { ignoreIndex = -100, labelSmoothing = 0 } = {}): number {
  const classes = logits.shape.at(-1)!;
  const values = logits.dataSync();
  const losses = labels.flatMap((label, n) => {
    if (label === ignoreIndex) return [];
    const row = Array.from(values.slice(n * classes, (n + 1) * classes));
    const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    const target = (c: number) => (c === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
    return [-row.reduce((sum, x, c) => sum + target(c) * (x - total), 0)];
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe('crossEntropy', () => {
  const labels = [2, -100, 0, 4, -100, 2];

  onEveryBackend(() => {
    test('is the mean over the labels that count', () =>
      scoped(() => {
        const logits = mul(filled([2, 3, 5], 1), 4);
        for (const labelSmoothing of [0, 0.1, 1]) {
          const loss = crossEntropy(logits, tensor(labels, [2, 3], 'int32'), { labelSmoothing });
          expect(loss.shape).toEqual([]);
          expectClose(loss, [oracle(logits, labels, { labelSmoothing })], 1e-6);
        }
        const others = labels.map((label) => (label === -100 ? 1 : label));
        const loss = crossEntropy(logits, tensor(others, [2, 3], 'int32'), { ignoreIndex: 1 });
        expectClose(loss, [oracle(logits, others, { ignoreIndex: 1 })], 1e-6);
      }));

    test('stays finite for large logits', () => {
      tidy(() => {
        const loss = crossEntropy(tensor([1e4, -1e4, 0], [1, 3]), tensor([1], [1], 'int32'));
        expectClose(loss, [2e4], 1e-6);
      });
    });

    test('is zero, with zero gradients, where no label counts', () =>
      scoped(() => {
        const none = tensor([-100, -100], [2], 'int32');
        expect(crossEntropy(filled([2, 3], 3), none).dataSync()[0]).toBe(0);
        const [gradient] = grads((logits: Tensor) => crossEntropy(logits, none))([filled([2, 3], 3)]);
        expectClose(gradient!, new Float32Array(6), 0);
      }));

    test('counts classes by their weights, given as numbers or as a tensor, recorded too', () =>
      scoped(() => {
        const [logits, target] = [filled([6, 5], 2), tensor(labels, [6], 'int32')];
        const numbers = [0.5, 1, 2, 0.25, 3];
        const weights = tensor(numbers);
        const alone = [0, 2, 3, 5].map((row) => {
          const loss = crossEntropy(slice(logits, row, 1), slice(target, row, 1));
          return [loss.dataSync()[0]!, numbers[labels[row]!]!] as const;
        });
        const total = alone.reduce((sum, [, weight]) => sum + weight, 0);
        const expected = alone.reduce((sum, [loss, weight]) => sum + loss * weight, 0) / total;
        const recorded = jit((x: Tensor, y: Tensor) => crossEntropy(x, y, { classWeights: numbers }));
        expectClose(recorded(logits, target), [expected], 1e-6);
        expectClose(crossEntropy(logits, target, { classWeights: weights }), [expected], 1e-6);
        expectClose(
          crossEntropy(logits, target, { classWeights: ones([5]) }),
          crossEntropy(logits, target).dataSync(),
          1e-6,
        );
        recorded.dispose();
      }));

    test('is zero, with zero gradients, where only classes of weight zero are there', () =>
      scoped(() => {
        const target = tensor([1, -100, 1], [3], 'int32');
        for (const labelSmoothing of [0, 0.1]) {
          const loss = (x: Tensor) => crossEntropy(x, target, { classWeights: [1, 0, 2], labelSmoothing });
          const { value, grad } = valueAndGrad(loss)(filled([3, 3], 3));
          expect(value.dataSync()[0]).toBe(0);
          expectClose(grad, new Float32Array(9), 0);
        }
      }));

    test('has gradients that agree with central differences', () => {
      const [logits, target] = [filled([6, 5], 2), tensor(labels, [6], 'int32')];
      checkGradients((x) => crossEntropy(x, target), [logits]);
      checkGradients((x) => crossEntropy(x, target, { labelSmoothing: 0.2 }), [logits]);
      logits.dispose();
      target.dispose();
    });
  });

  test('names what is wrong', () =>
    scoped(() => {
      const logits = zeros([2, 3, 5]);
      expect(() => crossEntropy(logits, zeros([2, 4], 'int32'))).toThrow(
        'labels must have the shape of logits [2,3,5] but its last axis, but have [2,4]',
      );
      expect(() => crossEntropy(logits, zeros([2, 3], 'int32'), { labelSmoothing: 2 })).toThrow(
        'labelSmoothing must be within 0 and 1, but is 2',
      );
      for (const classWeights of [[1, 2], ones([1, 5])]) {
        expect(() => crossEntropy(logits, zeros([2, 3], 'int32'), { classWeights })).toThrow(
          `classWeights must have the shape [5], but have [${Array.isArray(classWeights) ? '2' : '1,5'}]`,
        );
      }
    }));
});
