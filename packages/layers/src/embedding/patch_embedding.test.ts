import { jit } from '@chui/runtime';
import { add, conv2d, reshape, type Tensor, type Tensor4D, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { weightOf } from '../../../../test/support/golden.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { layerNorm } from '../norm/layer_norm.js';
import { learnedPositions } from '../position/learned_positions.js';
import { learnedPositions2D } from '../position/learned_positions_2d.js';
import { sinusoidalPositions2D } from '../position/sinusoidal_positions_2d.js';
import { patchEmbedding } from './patch_embedding.js';

const image = () => filled([2, 4, 6, 3], 1);
const vit = () =>
  patchEmbedding({
    dim: 4,
    patchSize: 2,
    useClassToken: true,
    positions: learnedPositions({ maxLength: 7 }),
    dropout: 0.1,
  });

onEveryBackend((backend) => {
  describe('alone', () =>
    layerContract({ make: () => patchEmbedding({ dim: 4, patchSize: [2, 3] }), inputs: () => [image()] }));
  describe('as in ViT', () => layerContract({ make: vit, inputs: () => [image()] }));
  describe('with positions of rows and columns', () =>
    layerContract({
      make: () =>
        patchEmbedding({
          dim: 4,
          patchSize: [4, 2],
          useClassToken: true,
          useBias: false,
          positions: learnedPositions2D({ maxRows: 2, maxColumns: 4 }),
        }),
      inputs: () => [image()],
    }));

  test('is a convolution in steps of a patch', () =>
    scoped((own) => {
      const layer = own(patchEmbedding({ dim: 5, patchSize: [2, 3] }));
      apply(layer, [image()]);
      fillWeights(layer, 3);
      const kernel = weightOf(layer, 'kernel') as Tensor as Tensor4D;
      expect(kernel.shape).toEqual([2, 3, 3, 5]);
      const convolved = conv2d(image() as Tensor4D, kernel, [2, 3], 'valid');
      expectSame(
        apply(layer, [image()]),
        [reshape(add(convolved, weightOf(layer, 'bias')), [2, 4, 5])],
        1e-5,
      );
    }));

  test('adds positions of rows and columns to patches alone', () =>
    scoped((own) => {
      const plain = own(patchEmbedding({ dim: 8, patchSize: 2, useClassToken: true }));
      const positions = sinusoidalPositions2D({ maxRows: 3, maxColumns: 3 });
      const placed = own(patchEmbedding({ dim: 8, patchSize: 2, useClassToken: true, positions }));
      for (const layer of [plain, placed]) {
        apply(layer, [image()]);
        fillWeights(layer, 4);
      }
      const grid = own(sinusoidalPositions2D({ maxRows: 3, maxColumns: 3 }));
      const added = reshape(apply(grid, [zeros([1, 2, 3, 8])])[0]!, [1, 6, 8]);
      const [bare, whole] = [plain, placed].map((layer) => apply(layer, [image()])[0]!) as [Tensor, Tensor];
      expectSame([whole.slice([0, 1], [2, 6])], [add(bare.slice([0, 1], [2, 6]), added)]);
      expectSame([whole.slice([0, 0], [2, 1])], [bare.slice([0, 0], [2, 1])], 0);
    }));

  if (backend === 'native') {
    test('is recorded, with its gradients', () =>
      scoped((own) => {
        const layer = own(vit());
        const outcome = (of: Tensor) => [...apply(layer, [of]), ...layerGradients(layer, [of])];
        const expected = outcome(image());
        const recorded = jit(outcome);
        try {
          expectSame(recorded(image()), expected);
        } finally {
          recorded.dispose();
        }
      }));
  }
});

test('names what is wrong', () =>
  scoped(() => {
    const fails = (args: object, shape: number[], message: string) =>
      expect(() => patchEmbedding({ dim: 4, patchSize: 2, ...args }).apply(zeros(shape))).toThrow(message);
    fails({ dim: 0 }, [1, 4, 4, 3], 'dim must be a positive integer, but is 0');
    fails({ patchSize: [2, 1.5] }, [1, 4, 4, 3], 'patchSize must be a positive integer, but is 1.5');
    fails({}, [4, 4, 3], 'x must be of rank 4 (batch, height, width, channels), but has shape [4,4,3]');
    fails({}, [1, 4, 5, 3], "width must be a multiple of the patch's, 2, but is 5");
    fails({ patchSize: 4 }, [1, 6, 4, 3], "height must be a multiple of the patch's, 4, but is 6");
    fails(
      { useClassToken: true, positions: learnedPositions({ maxLength: 4 }) },
      [1, 4, 4, 3],
      'length must not exceed maxLength 4, but is 5',
    );
    fails({ positions: layerNorm() }, [1, 4, 4, 3], 'positions must be positions that are added, but is');
  }));
