import {
  add,
  gather,
  type Scalar,
  slice,
  sum,
  type Tensor,
  tensor,
  type Variable,
  variableGrads,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
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
import { layerNorm } from '../norm/layer_norm.js';
import { learnedPositions } from '../position/learned_positions.js';
import { sinusoidalPositions } from '../position/sinusoidal_positions.js';
import { tokenAndPositionEmbedding } from './token_and_position_embedding.js';

const sizes = { vocabSize: 7, dim: 4, maxLength: 5 };
const ids = () => tensor([1, 2, 6, 0, 3, 3], [2, 3], 'int32');
const segments = () => tensor([0, 0, 1, 1, 0, 1], [2, 3], 'int32');

onEveryBackend(() => {
  describe('of tokens and positions', () =>
    layerContract({
      make: () => tokenAndPositionEmbedding({ ...sizes, padTokenId: 5, epsilon: 0.01 }),
      inputs: () => [ids()],
    }));
  describe('of segments too', () =>
    layerContract({
      make: () => tokenAndPositionEmbedding({ ...sizes, numSegments: 2, epsilon: 0.01 }),
      inputs: () => [ids(), segments()],
    }));

  describe('of positions that count tokens', () =>
    layerContract({
      make: () => tokenAndPositionEmbedding({ ...sizes, maxLength: 8, padTokenId: 4, padPositions: true }),
      inputs: () => [ids()],
    }));

  test('counts the tokens that are no padding, whose position learns nothing', () =>
    scoped((own) => {
      const args = { ...sizes, maxLength: 9, padTokenId: 0, useNorm: false };
      const layer = own(tokenAndPositionEmbedding({ ...args, padPositions: true }));
      const given = own(tokenAndPositionEmbedding({ ...args, numSegments: 1 }));
      const padded = tensor([5, 0, 6, 3, 0, 0], [2, 3], 'int32');
      apply(layer, [padded]);
      apply(given, [padded]);
      fillWeights(layer, 4);
      const [tokens, positions] = ['tokens/embeddings', 'positions/embeddings'].map((name) =>
        weightOf(layer, name),
      ) as unknown as [Tensor, Tensor];
      given.setWeights([zeros([1, 4]), tokens, positions]);
      const places = tensor([1, 0, 2, 1, 0, 0], [2, 3], 'int32');
      expectSame(apply(layer, [padded]), apply(given, [padded, zerosLike(padded), places]), 1e-6);

      const table = layer.trainableWeights
        .map((weight) => weight.read() as Variable)
        .find(({ name }) => name.includes('positions'))!;
      const { grads } = variableGrads(() => sum(layer.call(padded) as Tensor) as Scalar, [table]);
      expect(Array.from(sum(grads[table.name]!, 1).dataSync())).toEqual([0, 8, 4, 0, 0, 0, 0, 0, 0]);
      expect(() => apply(layer, [zerosLike(tensor(Array(9).fill(1), [1, 9], 'int32'))])).toThrow(
        'length must not exceed maxLength - padTokenId - 1, which is 8, but is 9',
      );
      expect(() => tokenAndPositionEmbedding({ ...sizes, padPositions: true })).toThrow(
        'padPositions must go with padTokenId and without positions, but does not',
      );
    }));

  test('is the norm of the sum', () =>
    scoped((own) => {
      const layer = own(tokenAndPositionEmbedding({ ...sizes, numSegments: 2, epsilon: 0.01 }));
      apply(layer, [ids(), segments()]);
      fillWeights(layer, 3);
      const rows = (name: string, of: Tensor) => gather(weightOf(layer, name), of);
      const sum = add(
        add(rows('tokens/embeddings', ids()), rows('segment_embeddings', segments())),
        slice(weightOf(layer, 'positions/embeddings'), [0, 0], [3, 4]),
      );
      const norm = own(layerNorm({ epsilon: 0.01 }));
      apply(norm, [sum]);
      norm.setWeights([weightOf(layer, 'norm/gamma'), weightOf(layer, 'norm/beta')]);
      expectSame(apply(layer, [ids(), segments()]), apply(norm, [sum]), 1e-5);

      const first = tensor([0, 0, 0, 0, 0, 0], [2, 3], 'int32');
      expectSame(apply(layer, [ids()]), apply(layer, [ids(), first]), 0);

      // A step of a sequence begins at its position.
      const third = slice(ids(), [0, 2], [2, 1]);
      const step = apply(layer, [third, slice(segments(), [0, 2], [2, 1]), tensor([2], [1], 'int32')]);
      expectSame(step, [slice(apply(layer, [ids(), segments()])[0]!, [0, 2, 0], [2, 1, 4])], 1e-6);
    }));

  test('takes positions of other kinds, and an offset', () =>
    scoped((own) => {
      const { vocabSize, dim } = sizes;
      for (const positions of [
        sinusoidalPositions({ maxLength: 5 }),
        learnedPositions({ maxLength: 5, offset: 2 }),
      ]) {
        const layer = own(tokenAndPositionEmbedding({ vocabSize, dim, positions, useNorm: false }));
        const [y] = apply(layer, [ids()]) as [Tensor];
        expect(y.shape).toEqual([2, 3, 4]);
        expect(layer.weights.some(({ name }) => name.includes('gamma'))).toBe(false);
      }
    }));
});

test('names what is wrong', () => {
  expect(() => tokenAndPositionEmbedding({ vocabSize: 3, dim: 2 })).toThrow(
    'maxLength must be given where positions are not',
  );
  scoped((own) => {
    const layer = own(tokenAndPositionEmbedding(sizes));
    expect(() => layer.apply([ids(), segments()])).toThrow(
      'segments must be left out where numSegments is 0, but are given',
    );
    expect(() => layer.apply(tensor([1, 2, 1, 2, 1, 2], [1, 6], 'int32'))).toThrow(
      'length must not exceed maxLength 5, but is 6',
    );
  });
});
