import { jit } from '@chui/runtime';
import { engine, mul, ones, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../../test/support/layer_contract.js';
import { filled, values } from '../../../../../test/support/values.js';
import type { FootprintAttention2DArgs } from './footprint_attention_2d.js';
import { pairwiseSelfAttention2D } from './pairwise_self_attention_2d.js';
import { patchwiseSelfAttention2D } from './patchwise_self_attention_2d.js';

const [B, H, W, C] = [2, 2, 3, 2];
const sizes = { outputDim: 4, relDim: 2, hiddenDim: 3, kernelSize: 3, sharePlanes: 2 };
const x = () => filled([B, H, W, C], 1);
/** Of the last image there is nothing. */
const mask = () => tensor([1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [B, H, W], 'int32');

const kinds = {
  PairwiseSelfAttention2D: (args: Partial<FootprintAttention2DArgs>) =>
    pairwiseSelfAttention2D({ ...sizes, ...args }),
  PatchwiseSelfAttention2D: (args: Partial<FootprintAttention2DArgs>) =>
    patchwiseSelfAttention2D({ ...sizes, ...args }),
};

describe.each(Object.entries(kinds))('%s', (_, make) => {
  onEveryBackend((backend) => {
    describe('alone', () => layerContract({ make: () => make({}), inputs: () => [x()], step: 1e-3 }));
    describe('with a mask and weights, without biases', () =>
      layerContract({
        make: () => make({ useBias: false, dilation: 2, returnWeights: true }),
        inputs: () => [x(), mask()],
        step: 1e-3,
      }));

    test('sees nothing of what is not there', () =>
      scoped((own) => {
        const layer = own(make({ returnWeights: true }));
        apply(layer, [x(), mask()]);
        fillWeights(layer, 3);
        const hidden = tensor(
          Array.from(x().dataSync(), (value, i) => (mask().dataSync()[Math.floor(i / C)] ? value : 1e4)),
          [B, H, W, C],
        );
        const outcome = (of: Tensor) => [
          ...apply(layer, [of, mask()]),
          ...layerGradients(layer, [of, mask()]),
        ];
        const found = outcome(hidden);
        expectSame(found, outcome(x()));
        const [context, , gradient] = found as [Tensor, Tensor, Tensor];
        for (const each of [context, gradient]) {
          const width = each.shape.at(-1)!;
          const absent = each.dataSync().filter((_, i) => !mask().dataSync()[Math.floor(i / width)]);
          expect(absent.every((value) => value === 0)).toBe(true);
        }
      }));

    test('overflows nothing', () =>
      scoped((own) => {
        const layer = own(make({}));
        const large = mul(x(), 1e4);
        apply(layer, [large]);
        fillWeights(layer, 3);
        const outcome = [...apply(layer, [large]), ...layerGradients(layer, [large])];
        for (const each of outcome) expect(each.dataSync().every(Number.isFinite)).toBe(true);
      }));

    test('drops weights in training alone', () =>
      scoped((own) => {
        const layer = own(make({ dropout: 0.5, returnWeights: true }));
        apply(layer, [x()]);
        fillWeights(layer, 3);
        const kept = apply(layer, [x()]);
        expectSame(apply(layer, [x()]), kept);
        const [output, weights] = layer.apply(x(), { training: true }) as [Tensor, Tensor];
        expectSame([weights], [kept[1]!]);
        expect(output.dataSync()).not.toEqual(kept[0]!.dataSync());
      }));

    if (backend === 'native') {
      test('is recorded, with its gradients', () =>
        scoped((own) => {
          const layer = own(make({ returnWeights: true }));
          const outcome = (of: Tensor) => [
            ...apply(layer, [of, mask()]),
            ...layerGradients(layer, [of, mask()]),
          ];
          apply(layer, [x(), mask()]);
          fillWeights(layer, 3);
          const recorded = jit(outcome);
          try {
            expectSame(recorded(x()), outcome(x()));
          } finally {
            recorded.dispose();
          }
        }));
    }
  });

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => make({ kernelSize: 4 })).toThrow('kernelSize must be odd, but is 4');
      expect(() => make({ outputDim: 0 })).toThrow('outputDim must be a positive integer, but is 0');
      expect(() => make({ sharePlanes: 3 })).toThrow('sharePlanes must divide outputDim, 4, but is 3');
      expect(() => make({ dropout: 1 })).toThrow('dropout must be at least 0 and below 1, but is 1');
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(make({}), inputs)).toThrow(message);
      fails([ones([2, 3, 4])], 'x must be of rank 4 (batch, height, width, channels), but has shape [2,3,4]');
      fails(
        [x(), ones([B, H, W + 1])],
        'mask must be of shape (2, 2, 3), where axes may be 1, but has shape [2,2,4]',
      );
      fails([x(), mask(), mask()], 'inputs must be x or [x, mask], but have the shapes');
    }));
});

describe('PairwiseSelfAttention2D', () => {
  onEveryBackend(() => {
    test.each(['summation', 'subtraction', 'concatenation', 'hadamard', 'dot'] as const)(
      'weighs to a sum of one among the pixels that are there: %s',
      (relation) =>
        scoped((own) => {
          const layer = own(pairwiseSelfAttention2D({ ...sizes, relation, returnWeights: true }));
          apply(layer, [x()]);
          fillWeights(layer, 3);
          const [, weights] = apply(layer, [x(), mask()]) as [Tensor, Tensor];
          const there = Array.from(mask().dataSync()).flatMap((flag) => [flag, flag]);
          expectSame([sum(weights, 3)], [tensor(there, [B, H, W, 2], 'float32')]);
        }),
    );

    test('reads where pixels are to each other, on images of one row too', () =>
      scoped((own) => {
        const layer = own(pairwiseSelfAttention2D({ ...sizes, returnWeights: true }));
        const row = mul(ones([1, 1, 4, C]), 0.3);
        apply(layer, [row]);
        fillWeights(layer, 4);
        const [, weights] = apply(layer, [row]) as [Tensor, Tensor];
        // Of the second pixel, the places of its row: all alike but for where they are.
        const [left, middle, right] = [3, 4, 5].map(
          (place) => Array.from(weights.dataSync())[(1 * 9 + place) * 2]!,
        ) as [number, number, number];
        expect(left + middle + right).toBeCloseTo(1, 5);
        expect(new Set([left, middle, right].map((weight) => weight.toFixed(4))).size).toBe(3);
      }));

    test('does not depend on where in the image a footprint is, positions or not', () =>
      scoped((own) => {
        const layer = own(pairwiseSelfAttention2D(sizes));
        const inside = values(3 * 3 * C, 7);
        /** An image of zeros, but for nine pixels that begin at a row and a column. */
        const image = (row: number, column: number) => {
          const pixels = new Float32Array(6 * 7 * C);
          for (let i = 0; i < 3; i++) {
            pixels.set(inside.subarray(i * 3 * C, (i + 1) * 3 * C), ((row + i) * 7 + column) * C);
          }
          return tensor(pixels, [1, 6, 7, C]);
        };
        apply(layer, [image(0, 0)]);
        fillWeights(layer, 5);
        const middle = (row: number, column: number) =>
          apply(layer, [image(row, column)])[0]!.slice([0, row + 1, column + 1, 0], [1, 1, 1, 4]);
        expectSame([middle(2, 3)], [middle(1, 0)]);
      }));
  });

  test('names a relation that there is not', () => {
    expect(() => pairwiseSelfAttention2D({ ...sizes, relation: 'star' as never })).toThrow(
      'relation must be one of summation, subtraction, concatenation, hadamard, dot, but is star',
    );
  });
});

describe('PatchwiseSelfAttention2D', () => {
  onEveryBackend(() => {
    test.each(['star', 'clique', 'concatenation'] as const)(
      'lets the weight of a place depend on what is at the others: %s',
      (relation) =>
        scoped((own) => {
          const layer = own(patchwiseSelfAttention2D({ ...sizes, relation, returnWeights: true }));
          apply(layer, [x()]);
          fillWeights(layer, 6);
          /** The weight of the first pixel's right neighbour. */
          const weight = (of: Tensor) => {
            const [, weights] = apply(layer, [of]) as [Tensor, Tensor];
            return sum(weights.slice([0, 0, 0, 5, 0], [1, 1, 1, 1, 2])).asScalar();
          };
          const image = x();
          const [gradient] = engine().gradients(() => weight(image), [image]).grads as [Tensor];
          const slopes = Array.from(gradient.dataSync()).slice(0, H * W * C);
          const below = slopes.slice(W * C, W * C + C);
          expect(below.some((slope) => slope !== 0)).toBe(true);
        }),
    );
  });

  test('names a relation that there is not', () => {
    expect(() => patchwiseSelfAttention2D({ ...sizes, relation: 'dot' as never })).toThrow(
      'relation must be one of star, clique, concatenation, but is dot',
    );
  });
});
