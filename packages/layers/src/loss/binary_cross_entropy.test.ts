import { jit } from '@chui/runtime';
import { mul, type Tensor, tensor, valueAndGrad, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { binaryCrossEntropy } from './binary_cross_entropy.js';

// Values and gradients of PyTorch: test/parity/losses.
describe('binaryCrossEntropy', () => {
  onEveryBackend(() => {
    test('takes weights as a number, as numbers for the last axis and as a tensor', () =>
      scoped(() => {
        const [logits, labels] = [filled([2, 3], 1, 4), tensor([1, 0, 1, 0, 0, 1], [2, 3], 'int32')];
        const given = [2, [0.5, 1, 3], tensor([[2], [0.5]])] as const;
        const at = [() => 2, (_: number, c: number) => [0.5, 1, 3][c]!, (r: number) => [2, 0.5][r]!];
        const [x, y] = [logits.arraySync() as number[][], labels.arraySync() as number[][]];
        given.forEach((weights, i) => {
          const mean = (loss: (x: number, y: number, w: number) => number) =>
            x
              .flatMap((row, r) => row.map((each, c) => loss(each, y[r]![c]!, at[i]!(r, c))))
              .reduce((a, b) => a + b) / 6;
          const right = (value: number, label: number) => Math.log1p(Math.exp(label === 1 ? -value : value));
          const positive = mean((value, label, w) => (label === 1 ? w : 1) * right(value, label));
          expectClose(binaryCrossEntropy(logits, labels, { positiveWeights: weights }), [positive], 1e-6);
          const all = mean((value, label, w) => w * right(value, label));
          expectClose(binaryCrossEntropy(logits, labels, { weights }), [all], 1e-6);
          const recorded = jit((a: Tensor, b: Tensor) => binaryCrossEntropy(a, b, { weights }));
          expectClose(recorded(logits, labels), [all], 1e-6);
          recorded.dispose();
        });
      }));

    test('is finite, and has finite gradients, for logits of any size', () =>
      scoped(() => {
        const logits = tensor([1e4, -1e4, 1e4, -1e4]);
        const labels = tensor([1, 0, 0, 1], [4], 'bool');
        const { value, grad } = valueAndGrad((x: Tensor) => binaryCrossEntropy(x, labels))(logits);
        expectClose(value, [5e3], 1e-6);
        expectClose(grad, [0, 0, 0.25, -0.25], 1e-6);
      }));

    test('leaves out what has the weight 0', () =>
      scoped(() => {
        const [logits, labels] = [filled([2, 3], 2), zeros([2, 3])];
        const loss = (x: Tensor) => binaryCrossEntropy(x, labels, { weights: [0, 1, 1] });
        const { grad } = valueAndGrad(loss)(logits);
        expect([...grad.dataSync()].map((each) => each === 0)).toEqual([
          true,
          false,
          false,
          true,
          false,
          false,
        ]);
      }));

    test('has gradients of logits and labels that agree with central differences', () => {
      const [logits, shares] = [filled([3, 4], 2, 2), filled([3, 4], 3)];
      const labels = mul(shares, shares);
      checkGradients(
        (x, y) => binaryCrossEntropy(x, y, { positiveWeights: [1, 2, 3, 0.5], weights: 2 }),
        [logits, labels],
      );
      for (const each of [logits, shares, labels]) each.dispose();
    });
  });

  test('names what is wrong', () =>
    scoped(() => {
      const logits = zeros([2, 3]);
      expect(() => binaryCrossEntropy(logits, zeros([2, 1]))).toThrow(
        'labels must have the shape of logits [2,3], but have [2,1]',
      );
      expect(() => binaryCrossEntropy(logits, zeros([2, 3]), { positiveWeights: [1, 2] })).toThrow(
        'positiveWeights must broadcast to logits [2,3], but have the shape [2]',
      );
      expect(() => binaryCrossEntropy(logits, zeros([2, 3]), { weights: zeros([1, 2, 3]) })).toThrow(
        'weights must broadcast to logits [2,3], but have the shape [1,2,3]',
      );
    }));
});
