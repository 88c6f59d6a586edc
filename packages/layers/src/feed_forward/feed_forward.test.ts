import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { weightOf } from '../../../../test/support/golden.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { type Matrix, times, type Vector } from '../../../../test/support/lstm_oracle.js';
import { filled } from '../../../../test/support/values.js';
import type { Activation } from '../ops/activation.js';
import { FeedForward, feedForward } from './feed_forward.js';

const inputs = () => [filled([2, 3, 4], 1)];

describe('FeedForward', () => {
  onEveryBackend(() => {
    layerContract({ make: () => feedForward({ hiddenDim: 3, activation: 'gelu' }), inputs });

    test('follows the equation', () =>
      scoped((own) => {
        const layer = own(feedForward({ hiddenDim: 5 }));
        apply(layer, inputs());
        fillWeights(layer, 3);
        const [w1, b1, w2, b2] = ['hidden/kernel', 'hidden/bias', 'output/kernel', 'output/bias'].map(
          (name) => weightOf(layer, name).arraySync(),
        ) as [Matrix, Vector, Matrix, Vector];
        const expected = (inputs()[0]!.arraySync() as unknown as Matrix[]).map((row) =>
          row.map((x) => {
            const hidden = times(x, w1).map((value, i) => Math.max(0, value + b1[i]!));
            return times(hidden, w2).map((value, i) => value + b2[i]!);
          }),
        );
        expectSame(apply(layer, inputs()), [tensor(expected)], 1e-5);
      }));

    test('drops in training only', () =>
      scoped((own) => {
        const layer = own(feedForward({ hiddenDim: 8, dropout: 0.5 }));
        const first = apply(layer, inputs());
        expectSame(apply(layer, inputs()), first, 0);
        const trained = layer.apply(inputs()[0]!, { training: true }) as Tensor;
        expect(Array.from(trained.dataSync())).not.toEqual(Array.from(first[0]!.dataSync()));
      }));
  });

  test('names what is wrong', () => {
    expect(() => new FeedForward({ hiddenDim: 0 })).toThrow('hiddenDim must be a positive integer, but is 0');
    expect(() => new FeedForward({ hiddenDim: 1, dropout: 1 })).toThrow(
      'dropout must be at least 0 and below 1',
    );
    expect(() => new FeedForward({ hiddenDim: 1, activation: 'swish' as Activation })).toThrow(
      /^activation must be one of .*relu.*, but is swish$/,
    );
  });
});
