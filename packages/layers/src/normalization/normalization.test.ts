import { jit, setSeed } from '@chui/runtime';
import {
  grads,
  mean,
  mul,
  ones,
  reshape,
  sum,
  type Tensor,
  tensor,
  tile,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import '../regularization/dropout.js';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled, values } from '../../../../test/support/values.js';
import { additiveAttention } from '../attention/additive_attention.js';
import { multiHeadAttention } from '../attention/multi_head_attention.js';
import { entmax15 } from './entmax15.js';
import { gumbel } from './gumbel.js';
import { keyWeightedSoftmax } from './key_weighted_softmax.js';
import type { Normalization } from './normalization.js';
import type { NormalizationName } from './normalization_of.js';
import { sigmoid } from './sigmoid.js';
import { softmax } from './softmax.js';
import { sparsemax } from './sparsemax.js';
import { weightedSoftmax } from './weighted_softmax.js';

const [B, H, T, S] = [2, 3, 2, 4];
const padding = [1, 1, 0, 1, 0, 1, 1, 0];
const mask = () => tensor(padding, [B, S], 'int32');
const key = () => filled([B, S, 3], 5);

interface Case {
  make: () => Normalization;
  /** Whether it reads keys too. */
  keys?: boolean;
  /** Whether weights sum to 1. */
  normalized?: boolean;
}

const cases: Record<NormalizationName, Case> = {
  softmax: { make: () => softmax({ temperature: 0.7 }) },
  sparsemax: { make: () => sparsemax() },
  entmax15: { make: () => entmax15() },
  sigmoid: { make: () => sigmoid(), normalized: false },
  gumbel: { make: () => gumbel({ temperature: 0.5 }) },
  weightedSoftmax: { make: () => weightedSoftmax() },
  keyWeightedSoftmax: { make: () => keyWeightedSoftmax(), keys: true },
};

for (const [name, { make, keys, normalized = true }] of Object.entries(cases)) {
  describe(name, () => {
    const inputs = (shape: number[], scale = 1) => {
      const scores = filled(shape, 3, scale);
      return keys ? [scores, ones([B, S], 'int32'), key()] : [scores];
    };
    const masked = (scores: Tensor, given = mask()) => (keys ? [scores, given, key()] : [scores, given]);

    onEveryBackend((backend) => {
      // What gumbel puts out does not go with its gradient, which is that of its softmax.
      if (name !== 'gumbel') {
        describe('as a layer', () => layerContract({ make, inputs: () => inputs([B, H, T, S]), step: 3e-3 }));
        describe('as a layer with a mask', () =>
          layerContract({ make, inputs: () => masked(filled([B, T, S], 3)), step: 3e-3 }));
      }

      test('gives weights to allowed slots alone', () =>
        scoped((own) => {
          const layer = own(make());
          const scores = filled([B, H, T, S], 3, 2);
          apply(layer, masked(scores));
          fillWeights(layer, 8);
          const [weights] = apply(layer, masked(scores)) as [Tensor];
          const found = Array.from(weights.dataSync());
          found.forEach((weight, i) => {
            const allowed = padding[Math.floor(i / (H * T * S)) * S + (i % S)]!;
            if (!allowed) expect(weight).toBe(0);
            expect(weight).toBeGreaterThanOrEqual(0);
          });
          const rows = Array.from(sum(weights, -1).dataSync());
          if (normalized)
            expectClose(
              rows,
              rows.map(() => 1),
              1e-5,
            );
          else expect(rows.every((row) => row > 0)).toBe(true);
          expectSame(apply(layer, masked(scores, zeros([B, S]))), [zeros([B, H, T, S])], 0);
        }));

      test('overflows nothing', () =>
        scoped((own) => {
          const layer = own(make());
          const scores = filled([B, H, T, S], 3, 1e4);
          const read = (x: Tensor) => apply(layer, masked(x))[0]!;
          const [gradient] = grads((x: Tensor) => sum(mul(read(x), filled(x.shape, 4))))([scores]);
          for (const each of [read(scores), gradient!]) {
            expect(Array.from(each.dataSync()).every(Number.isFinite)).toBe(true);
          }
        }));

      if (backend === 'native') {
        test('is recorded as it is', () =>
          scoped((own) => {
            const [layer, scores] = [own(make()), filled([B, H, T, S], 3)];
            const read = (x: Tensor) => apply(layer, masked(x))[0]!;
            const probe = filled([B, H, T, S], 4);
            const outcome = (x: Tensor) => [read(x), ...grads((y: Tensor) => sum(mul(read(y), probe)))([x])];
            const expected = outcome(scores);
            const recorded = jit(outcome);
            try {
              expectSame(recorded(scores), expected);
            } finally {
              recorded.dispose();
            }
          }));
      }

      test('is a part that attentions take, by its name or as a layer', () =>
        scoped((own) => {
          const x = filled([2, 3, 4], 2);
          const makers = [
            (normalization: NormalizationName | Normalization) =>
              additiveAttention({ units: 3, normalization, returnWeights: true }),
            (normalization: NormalizationName | Normalization) =>
              multiHeadAttention({ numHeads: 2, normalization, returnWeights: true }),
          ];
          for (const makeAttention of makers) {
            const layer = own(makeAttention(name as NormalizationName));
            apply(layer, [x, x, x]);
            fillWeights(layer, 4);
            const outputs = apply(layer, [x, x, x]);
            const scores = apply(own(makeAttention('softmax')), [x, x, x])[1]!;
            expect(outputs[1]!.shape).toEqual(scores.shape);
            const copy = own(makeAttention(make()));
            expect(copy.getConfig().normalization).toMatchObject({ className: own(make()).getClassName() });
          }
        }));
    });
  });
}

describe('sparsemax and 1.5-entmax', () => {
  /** By bisection of the threshold, in float64. */
  const oracle = (scores: number[], power: number) => {
    const z = power === 2 ? scores.map((x) => x / 2) : scores;
    const most = Math.max(...z);
    let [low, high] = [most - 1, most];
    const weightsAt = (threshold: number) => z.map((x) => Math.max(x - threshold, 0) ** power);
    for (let i = 0; i < 100; i++) {
      const middle = (low + high) / 2;
      const total = weightsAt(middle).reduce((a, b) => a + b, 0);
      if (total > 1) low = middle;
      else high = middle;
    }
    return weightsAt(low);
  };
  const scores = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 12 });

  onEveryBackend(() => {
    test.each([
      ['sparsemax', sparsemax, 1],
      ['entmax15', entmax15, 2],
    ] as const)('%s is the projection that it is defined as', (_, make, power) =>
      fc.assert(
        fc.property(
          scores,
          fc.integer({ min: -9, max: 9 }),
          (row, shift) =>
            void scoped((own) => {
              const layer = own(make());
              const weights = (of: number[]) => layer.apply(tensor(of, [1, 1, of.length])) as Tensor;
              expectClose(weights(row), oracle(row.map(Math.fround), power), 2e-5);
              expectClose(weights(row.map((x) => x + shift)), weights(row).dataSync(), 2e-5);
            }),
        ),
        { numRuns: 15, seed: 1 },
      ),
    );
  });
});

describe('gumbel', () => {
  onEveryBackend(() => {
    test('chooses the largest score, the first of equals, unless it is trained', () =>
      scoped((own) => {
        const scores = tensor([0, 2, 2, 1, 3, 0, 1, 1], [1, 2, 4]);
        const layer = own(gumbel());
        expectSame(apply(layer, [scores]), [tensor([0, 1, 0, 0, 1, 0, 0, 0], [1, 2, 4])], 0);
        const allowed = tensor([1, 0, 1, 1], [1, 4]);
        expectSame(apply(layer, [scores, allowed]), [tensor([0, 0, 1, 0, 1, 0, 0, 0], [1, 2, 4])], 0);
      }));

    test('draws slots with the probabilities of the softmax in training', () =>
      scoped((own) => {
        setSeed(3);
        const logits = [0, 1, 2];
        const rows = 4000;
        const layer = own(gumbel());
        const scores = tile(tensor(logits, [1, 1, 3]), [1, rows, 1]);
        const weights = layer.apply(scores, { training: true }) as Tensor;
        expect(new Set(weights.dataSync())).toEqual(new Set([0, 1]));
        const total = logits.reduce((all, x) => all + Math.exp(x), 0);
        const shares = mean(reshape(weights, [rows, 3]), 0).dataSync();
        shares.forEach((share, i) => {
          const expected = Math.exp(logits[i]!) / total;
          // Four deviations of a share of so many draws.
          expect(Math.abs(share - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / rows));
        });
      }));

    test('has the gradient of its softmax', () =>
      scoped((own) => {
        const scores = filled([2, 3, 4], 6);
        const probe = tensor(values(24, 7), [2, 3, 4]);
        const gradientOf = (layer: Normalization) =>
          grads((x: Tensor) => sum(mul(apply(layer, [x])[0]!, probe)))([scores])[0]!;
        const temperature = 0.6;
        expectSame([gradientOf(own(gumbel({ temperature })))], [gradientOf(own(softmax({ temperature })))]);
      }));
  });
});

describe('weighted softmax', () => {
  onEveryBackend(() => {
    test('is the plain one at first, then one of the scores of all heads', () =>
      scoped((own) => {
        const scores = filled([B, 2, T, S], 3);
        const layer = own(weightedSoftmax());
        expectSame(apply(layer, [scores]), apply(own(softmax()), [scores]));
        layer.setWeights([tensor([1, 2, 0, -1], [2, 2])]);
        const [first, second] = [0, 1].map((h) => scores.slice([0, h], [B, 1]));
        const expected = [first!.add(second!.mul(2)), second!.neg()].map(
          (x) => apply(own(softmax()), [x])[0]!,
        );
        const [weights] = apply(layer, [scores]) as [Tensor];
        expectSame(
          [0, 1].map((h) => weights.slice([0, h], [B, 1])),
          expected,
        );
      }));

    test('takes a weight per key, which multiplies the exponential', () =>
      scoped((own) => {
        const [layer, scores, keys] = [own(keyWeightedSoftmax()), filled([1, 1, 3], 3), filled([1, 3, 2], 4)];
        apply(layer, [scores, ones([1, 1]), keys]);
        layer.setWeights([tensor([0.5, -2], [2, 1]), tensor([0.3])]);
        const rows = keys.arraySync() as number[][][];
        const raised = Array.from(scores.dataSync()).map((e, s) => {
          const [a, b] = rows[0]![s] as [number, number];
          return Math.log1p(Math.exp(0.5 * a - 2 * b + 0.3)) * Math.exp(e);
        });
        const total = raised.reduce((all, x) => all + x, 0);
        expectClose(
          apply(layer, [scores, ones([1, 1]), keys])[0]!,
          raised.map((x) => x / total),
          1e-6,
        );
      }));
  });
});

test('names what is wrong', () => {
  expect(() => softmax({ temperature: 0 })).toThrow('temperature must be a number above zero, but is 0');
  expect(() => gumbel({ temperature: -1 })).toThrow('temperature must be a number above zero, but is -1');
  expect(() => sigmoid({ bias: Number.NaN })).toThrow('bias must be finite, but is NaN');
  expect(() => softmax().apply(ones([2, 3]))).toThrow(
    'scores must be of shape (B, T, S) or (B, H, T, S), but have shape [2,3]',
  );
  expect(() => additiveAttention({ units: 2, normalization: 'hardmax' as 'softmax' })).toThrow(
    'normalization must be one of softmax, sparsemax, entmax15, sigmoid, gumbel, weightedSoftmax, keyWeightedSoftmax, but is hardmax',
  );
  expect(() =>
    additiveAttention({ units: 2, normalization: { className: 'ChuiDropout', config: { rate: 0.1 } } }),
  ).toThrow('normalization must be a normalisation of scores, but is ChuiDropout');
  const ownSlots = multiHeadAttention({
    numHeads: 1,
    addZeroAttn: true,
    normalization: 'keyWeightedSoftmax',
  });
  expect(() => ownSlots.apply([ones([1, 2, 2]), ones([1, 2, 2]), ones([1, 2, 2])])).toThrow(
    'normalization must not weigh keys where there are slots without one, but is ChuiKeyWeightedSoftmax',
  );
});
