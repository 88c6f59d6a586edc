import '@tensorflow/tfjs-backend-cpu';
import { concat, randomUniform, scalar, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { multiHeadAttention } from './multi_head_attention.js';

test('decoding with a cache equals causal attention', () => {
  const layer = multiHeadAttention({
    numHeads: 2,
    keyDim: 3,
    valueDim: 4,
    causal: true,
    returnWeights: true,
  });
  const x = randomUniform([2, 5, 6], -1, 1);
  const [context, weights] = layer.attend({ query: x }) as [Tensor, Tensor];

  const capacity = 8;
  let cache = { presentKey: zeros([2, 2, capacity, 3]), presentValue: zeros([2, 2, capacity, 4]) };
  const contexts: Tensor[] = [];
  const rows: Tensor[] = [];
  for (let position = 0; position < 5; position++) {
    const step = layer.attendCached({
      query: slice(x, [0, position, 0], [2, 1, 6]),
      pastKey: cache.presentKey,
      pastValue: cache.presentValue,
      position: scalar(position, 'int32'),
    });
    contexts.push(step.context);
    rows.push(slice(step.weights, [0, 0, 0, 0], [2, 2, 1, 5]));
    cache = step;
  }
  expectClose(concat(contexts, 1), context);
  expectClose(concat(rows, 2), weights);
});

function expectClose(actual: Tensor, expected: Tensor) {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-6);
}
