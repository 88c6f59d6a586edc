import { ones, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { crossModalAttention } from './cross_modal_attention.js';
import { multiHeadAttention } from './multi_head_attention.js';

describe('CrossModalAttention', () => {
  const args = { numHeads: 2, keyDim: 3, returnWeights: true };
  const words = () => filled([2, 3, 4], 1);
  const regions = () => filled([2, 5, 6], 2);
  const masks = () => [
    tensor([1, 1, 0, 1, 1, 1], [2, 3], 'int32'),
    tensor([1, 1, 1, 0, 0, 1, 0, 1, 1, 1], [2, 5], 'int32'),
  ];

  onEveryBackend(() => {
    layerContract({ make: () => crossModalAttention(args), inputs: () => [words(), regions(), ...masks()] });

    test('is two attentions, one each way', () =>
      scoped((own) => {
        const layer = own(crossModalAttention(args));
        const [a, b, [aMask, bMask]] = [words(), regions(), masks() as [Tensor, Tensor]];
        apply(layer, [a, b, aMask, bMask]);
        fillWeights(layer, 3);
        const ways = [
          { query: a, memory: b, mask: bMask },
          { query: b, memory: a, mask: aMask },
        ].map(({ query, memory, mask }, i) => {
          const way = own(multiHeadAttention(args));
          apply(way, [query, memory, memory]);
          const half = layer.getWeights().length / 2;
          way.setWeights(layer.getWeights().slice(i * half, (i + 1) * half));
          return way.attend({ query, key: memory, mask }) as [Tensor, Tensor];
        }) as [[Tensor, Tensor], [Tensor, Tensor]];
        const [[contextA, weightsA], [contextB, weightsB]] = ways;
        expectSame(apply(layer, [a, b, aMask, bMask]), [contextA, contextB, weightsA, weightsB]);
      }));

    test('names what is wrong', () =>
      scoped((own) => {
        const fails = (inputs: Tensor[], message: string) =>
          expect(() => apply(own(crossModalAttention(args)), inputs)).toThrow(message);
        fails([words()], 'inputs must be [a, b] or [a, b, aMask, bMask], but are 1');
        fails([words(), ones([2, 5])], 'b must be of rank 3 (batch, length, width), but has shape [2,5]');
        fails(
          [words(), regions(), ones([2, 3]), ones([2, 4])],
          'bMask must be of shape (2, 5), where axes may be 1, but has shape [2,4]',
        );
      }));
  });
});
