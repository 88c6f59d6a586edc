import { ones, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
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
import { multiHeadAttention } from './multi_head_attention.js';
import { staticMixing, staticMixingRank } from './static_mixing.js';

type Matrix = number[][];

describe('StaticMixing', () => {
  const [B, T, S] = [2, 3, 4];
  const args = { numHeads: 2, maxLength: 5, valueDim: 3, outputDim: 2, returnWeights: true };
  const inputs = () => [filled([B, T, 2], 1), filled([B, S, 3], 2), filled([B, S, 4], 3)];
  const mask = () => tensor([1, 1, 0, 1, 0, 1, 1, 1], [B, S], 'int32');

  onEveryBackend(() => {
    describe('of scores of low rank, and of other widths', () =>
      layerContract({
        make: () => staticMixing({ ...args, rank: 2, useBias: false }),
        inputs: () => [...inputs(), mask()],
      }));

    test('weighs by position, whatever is there, in float64', () =>
      scoped((own) => {
        const ranked = own(staticMixing({ ...args, rank: 2 }));
        const full = own(staticMixing(args));
        for (const layer of [ranked, full]) {
          apply(layer, inputs());
          fillWeights(layer, 5);
        }
        const [rows, columns] = ranked.getWeights().map((weight) => weight.arraySync()) as [
          Matrix[],
          Matrix[],
        ];
        const scores = rows.map((head, h) =>
          head.map((row) => columns[h]!.map((column) => row.reduce((sum, a, i) => sum + a * column[i]!, 0))),
        );
        full.setWeights([tensor(scores), ...ranked.getWeights().slice(2)]);

        const [context, weights] = apply(full, [...inputs(), mask()]) as [Tensor, Tensor];
        expectSame(apply(ranked, [...inputs(), mask()]), [context, weights]);
        const seen = mask().arraySync() as Matrix;
        const expected = seen.map((flags) =>
          scores.map((head) =>
            head.slice(0, T).map((row) => {
              const raised = flags.map((flag, s) => flag * Math.exp(row[s]!));
              return raised.map((value) => value / raised.reduce((a, b) => a + b));
            }),
          ),
        );
        expectSame([weights], [tensor(expected)]);
        const [query, key, value] = inputs() as [Tensor, Tensor, Tensor];
        const others = apply(full, [filled(query.shape, 7), filled(key.shape, 8), value, mask()]);
        expectSame(others, [context, weights], 0);
      }));

    test('decodes with scores of low rank what it attends to causally', () =>
      scoped((own) => {
        const layer = own(staticMixing({ ...args, outputDim: 2, rank: 2, causal: true }));
        const x = filled([B, S, 2], 1);
        const [context] = layer.attend({ query: x }) as [Tensor];
        let cache = layer.emptyCache(B, S);
        for (let t = 0; t < S; t++) {
          const query = slice(x, [0, t, 0], [B, 1, 2]);
          const step = layer.attendCached({ query, cache, position: tensor([t, t], [B], 'int32') });
          expectSame([step.context], [slice(context, [0, t, 0], [B, 1, 2])]);
          cache = step.cache;
        }
      }));
  });

  test('has as many parameters as multi-head attention, where a rank can make it so', () =>
    scoped((own) => {
      const [dim, numHeads, maxLength] = [8, 2, 4];
      const x = ones([1, 4, dim]);
      for (const useBias of [true, false]) {
        const rank = staticMixingRank({ dim, numHeads, maxLength, useBias });
        const [mixing, attention] = [
          own(staticMixing({ numHeads, maxLength, rank, useBias })),
          own(multiHeadAttention({ numHeads, useBias })),
        ];
        for (const layer of [mixing, attention]) layer.attend({ query: x });
        expect(mixing.countParams()).toBe(attention.countParams());
      }
      expect(staticMixingRank({ dim: 2, numHeads: 2, maxLength: 100 })).toBe(1);
    }));

  test('names what is wrong', () =>
    scoped(() => {
      expect(() => staticMixing({ numHeads: 0, maxLength: 1 })).toThrow(
        'numHeads must be a positive integer, but is 0',
      );
      expect(() => staticMixing({ ...args, rank: 1.5 })).toThrow(
        'rank must be a positive integer, but is 1.5',
      );
      expect(() => staticMixingRank({ dim: 0, numHeads: 1, maxLength: 1 })).toThrow(
        'dim must be a positive integer, but is 0',
      );
      const fails = (query: Tensor, key: Tensor, message: string) =>
        expect(() => staticMixing({ numHeads: 2, maxLength: 4 }).attend({ query, key })).toThrow(message);
      const [short, long] = [ones([1, 4, 2]), ones([1, 5, 2])];
      fails(long, short, 'length of the query must not exceed maxLength 4, but is 5');
      fails(short, long, 'length of the key must not exceed maxLength 4, but is 5');
      fails(ones([1, 4, 3]), short, 'numHeads must divide the width 3, but is 2');
    }));
});
