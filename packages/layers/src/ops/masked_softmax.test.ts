import { tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { attentionMask, causalMask } from './mask.js';
import { maskedSoftmax } from './masked_softmax.js';

describe('maskedSoftmax', () => {
  const flags = tensor.bind(null, [1, 0, 1, 1, 0, 0, 0, 0], [2, 1, 4], 'int32');

  onEveryBackend(() => {
    test('shares one among the allowed slots, and nothing where there is none', () =>
      scoped(() => {
        const scores = tensor([Math.log(1), 50, Math.log(2), Math.log(5), 1, 2, 3, 4], [2, 1, 4]);
        const weights = maskedSoftmax(scores, attentionMask(flags(), 3));
        expectClose(weights, [1 / 8, 0, 2 / 8, 5 / 8, 0, 0, 0, 0], 1e-6);
        expect(weights.dataSync()[1]).toBe(0);
        expectClose(maskedSoftmax(zeros([1, 1, 4])), [0.25, 0.25, 0.25, 0.25], 1e-6);
      }));

    test('lets no score, however large or low, pass a mask', () =>
      scoped(() => {
        const scores = tensor([-1e30, 1e30, -1e30, -2e30, 1e30, 1e30, 1e30, 1e30], [2, 1, 4]);
        expectClose(maskedSoftmax(scores, attentionMask(flags(), 3)), [0.5, 0, 0.5, 0, 0, 0, 0, 0], 1e-6);
      }));

    test('has gradients that agree with central differences, zero where a row is masked', () =>
      scoped(() => {
        const mask = attentionMask(flags(), 3);
        checkGradients((scores) => maskedSoftmax(scores!, mask), [filled([2, 1, 4], 1)]);
      }));
  });
});

describe('attentionMask', () => {
  onEveryBackend(() => {
    test('reads the rank of a mask', () =>
      scoped(() => {
        const shape = (given: number[], rank: 3 | 4) => attentionMask(zeros(given), rank).allowed.shape;
        expect(shape([2, 5], 3)).toEqual([2, 1, 5]);
        expect(shape([2, 5], 4)).toEqual([2, 1, 1, 5]);
        expect(shape([2, 3, 5], 3)).toEqual([2, 3, 5]);
        expect(shape([2, 3, 5], 4)).toEqual([2, 1, 3, 5]);
        expect(shape([2, 1, 3, 5], 3)).toEqual([2, 3, 5]);
        expect(shape([2, 4, 3, 5], 4)).toEqual([2, 4, 3, 5]);
        expect(() => shape([2, 4, 3, 5], 3)).toThrow(
          'mask must have one head for an attention without heads, but has 4',
        );
        expect(() => shape([5], 3)).toThrow(
          'mask must be of shape (B, S), (B, T, S) or (B, H, T, S), but has shape [5]',
        );
      }));

    test('takes every number but zero for one', () =>
      scoped(() => {
        const { allowed, penalty } = attentionMask(tensor([0, 0.25, -1, 2], [1, 4]), 3);
        expectClose(allowed, [0, 1, 1, 1], 0);
        expect(Array.from(penalty.dataSync(), (value) => value < -1e37)).toEqual([true, false, false, false]);
        expectClose(penalty.dataSync().slice(1), [0, 0, 0], 0);
      }));

    test('hides what comes later', () =>
      scoped(() => {
        const causal = causalMask(2, 3);
        expect(causal.shape).toEqual([1, 2, 3]);
        expectClose(causal, [1, 0, 0, 1, 1, 0], 0);
        expectClose(causalMask(3, 2), [1, 0, 1, 1, 1, 1], 0);
        const padded = causalMask(2, 3, tensor([0, 1, 1], [1, 3]));
        expect(padded.shape).toEqual([1, 2, 3]);
        expectClose(padded, [0, 0, 0, 0, 1, 0], 0);
        expect(causalMask(2, 3, zeros([2, 4, 1, 3])).shape).toEqual([2, 4, 2, 3]);
      }));
  });
});
