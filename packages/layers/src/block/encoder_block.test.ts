import { slice, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import type { BlockArgs } from './block.js';
import { encoderBlock } from './encoder_block.js';

const [B, T, D] = [2, 3, 4];
const padding = [1, 1, 0, 0, 1, 1];
const mask = () => tensor(padding, [B, T], 'int32');
const x = () => filled([B, T, D], 1);
const args: BlockArgs = { numHeads: 2, hiddenDim: 3, activation: 'gelu', epsilon: 0.01 };

describe('EncoderBlock', () => {
  onEveryBackend(() => {
    describe('post-norm', () => layerContract({ make: () => encoderBlock(args), inputs: () => [x()] }));
    describe('pre-norm, with a mask and weights', () =>
      layerContract({
        make: () => encoderBlock({ ...args, norm: 'sandwich', returnWeights: true }),
        inputs: () => [x(), mask()],
      }));

    test.each(['post', 'pre', 'sandwich'] as const)('does not see what is masked, with %s-norm', (norm) =>
      scoped((own) => {
        const block = own(encoderBlock({ ...args, norm, returnWeights: true }));
        apply(block, [x(), mask()]);
        fillWeights(block, 5);
        const [y, weights] = apply(block, [x(), mask()]) as [Tensor, Tensor];
        const other = tensor(
          (x().arraySync() as unknown as number[][][]).map((row, b) =>
            row.map((state, t) => (padding[b * T + t] ? state : [9, -8, 7, 6])),
          ),
        );
        const [otherY, otherWeights] = apply(block, [other, mask()]) as [Tensor, Tensor];
        const known = (tensor: Tensor) => [
          slice(tensor, [0, 0, 0], [1, 2, D]),
          slice(tensor, [1, 1, 0], [1, 2, D]),
        ];
        expectSame(known(otherY), known(y), 1e-6);
        const blocked = [
          slice(weights, [0, 0, 0, 2], [1, 2, T, 1]),
          slice(otherWeights, [1, 0, 0, 0], [1, 2, T, 1]),
        ];
        for (const each of blocked) expect(Array.from(each.dataSync())).toEqual(Array(2 * T).fill(0));
      }),
    );

    test('takes masks of every rank', () =>
      scoped((own) => {
        const block = own(encoderBlock(args));
        const outputs = apply(block, [x(), mask()]);
        for (const shape of [
          [B, 1, T],
          [B, 1, 1, T],
        ]) {
          expectSame(apply(block, [x(), tensor(padding, shape, 'float32')]), outputs, 1e-6);
        }
      }));

    test('stays finite where nothing may be attended to', () =>
      scoped((own) => {
        const block = own(encoderBlock(args));
        const inputs = [x(), zeros([B, T], 'int32')];
        for (const each of [...apply(block, inputs), ...layerGradients(block, inputs)]) {
          expect(each.dataSync().every(Number.isFinite)).toBe(true);
        }
      }));

    test('drops in training only', () =>
      scoped((own) => {
        const block = own(encoderBlock({ ...args, dropout: 0.5 }));
        const plain = own(encoderBlock(args));
        apply(plain, [x()]);
        const expected = apply(block, [x()]);
        plain.setWeights(block.getWeights());
        expectSame(apply(plain, [x()]), expected, 0);
        const trained = () => Array.from((block.apply(x(), { training: true }) as Tensor).dataSync());
        const [first, second] = [trained(), trained()];
        expect(first).not.toEqual(Array.from(expected[0]!.dataSync()));
        expect(first).not.toEqual(second);
      }));
  });

  test('names its weights', () =>
    scoped((own) => {
      const block = own(encoderBlock({ name: 'encoder_0', numHeads: 1, hiddenDim: 2 }));
      apply(block, [x()]);
      expect(block.weights.map(({ originalName }) => originalName).sort()).toEqual(
        [
          ...['query', 'key', 'value', 'output'].flatMap((name) => [
            `encoder_0/self_attention/${name}_bias`,
            `encoder_0/self_attention/${name}_kernel`,
          ]),
          ...['hidden', 'output'].flatMap((name) => [
            `encoder_0/feed_forward/${name}/bias`,
            `encoder_0/feed_forward/${name}/kernel`,
          ]),
          ...['self_attention_norm', 'feed_forward_norm'].flatMap((name) => [
            `encoder_0/${name}/beta`,
            `encoder_0/${name}/gamma`,
          ]),
        ].sort(),
      );
    }));

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => encoderBlock({ ...args, numHeads: 0 })).toThrow(
        'numHeads must be a positive integer, but is 0',
      );
      expect(() => encoderBlock({ ...args, dropout: -1 })).toThrow('dropout must be at least 0 and below 1');
      expect(() => apply(encoderBlock({ ...args, numHeads: 3 }), [x()])).toThrow(
        'numHeads must divide the width 4, but is 3',
      );
      expect(() => apply(encoderBlock(args), [zeros([2, 4])])).toThrow(
        'x must be of rank 3 (batch, length, width), but has shape [2,4]',
      );
    }));
});
