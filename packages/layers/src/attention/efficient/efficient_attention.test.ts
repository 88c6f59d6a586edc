import { setSeed } from '@chui/runtime';
import { concat, eye, mul, ones, slice, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import { expectClose } from '../../../../../test/support/gradients.js';
import { expectSame, fillWeights, scoped } from '../../../../../test/support/layer_contract.js';
import { filled, values } from '../../../../../test/support/values.js';
import { rotaryPositions } from '../../position/rotary_positions.js';
import type { Attention } from '../attention.js';
import { multiHeadAttention } from '../multi_head_attention.js';
import { linearAttention } from './linear_attention.js';
import { linformerAttention } from './linformer_attention.js';
import { nystromAttention } from './nystrom_attention.js';
import { performerAttention } from './performer_attention.js';
import { reformerAttention } from './reformer_attention.js';

const [dim, numHeads] = [8, 2];
const width = dim / numHeads;

type Numbers = number[][][][];
const weightsOf = (layer: Attention, x: Tensor, mask?: Tensor) =>
  (layer.attend({ query: x, mask }) as Tensor[])[1]!.arraySync() as Numbers;
const flagsOf = (count: number, seed: number) => Array.from(values(count, seed), (v) => Number(v > -0.4));

/** Queries or keys (heads, length, width) of one sequence, as a layer with such weights projects them. */
function projected(layer: Attention, name: string, x: Tensor): number[][][] {
  const read = (of: string) =>
    layer.weights.find((weight) => weight.originalName.endsWith(`${name}_${of}`))!.read();
  const rows = tidy(() => slice(x, 0, 1).reshape([-1, dim]).matMul(read('kernel')).add(read('bias')));
  const found = rows.arraySync() as number[][];
  return Array.from({ length: numHeads }, (_, h) =>
    found.map((row) => row.slice(h * width, (h + 1) * width)),
  );
}

/** Gives a layer the weights of another that it has by the same names. */
function copyProjections(from: Attention, to: Attention): void {
  for (const weight of to.weights) {
    const own = weight.originalName.split('/').at(-1);
    const same = from.weights.find(({ originalName }) => originalName.endsWith(`/${own}`));
    if (same) weight.write(same.read());
  }
}

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

onEveryBackend((backend) => {
  const length = backend === 'native' ? 150 : 70;

  test.each(['elu', 'relu'] as const)('linear attention is its quadratic form, by %s', (featureMap) => {
    for (const causal of [false, true]) {
      scoped((own) => {
        const layer = own(linearAttention({ numHeads, causal, featureMap, returnWeights: true }));
        const x = filled([1, length, dim], 1);
        const flags = flagsOf(length, 2);
        const mask = tensor(flags, [1, length], 'int32');
        layer.attend({ query: x });
        fillWeights(layer, 3);
        const phi = (row: number[]) =>
          row.map((v) => (featureMap === 'relu' ? Math.max(v, 0) : v > 0 ? v + 1 : Math.exp(v)));
        const queries = projected(layer, 'query', x);
        const keys = projected(layer, 'key', x);
        const found = weightsOf(layer, x, mask);
        for (let h = 0; h < numHeads; h++) {
          for (let t = 0; t < length; t++) {
            const products = keys[h]!.map((key, s) =>
              flags[s] && !(causal && s > t) ? dot(phi(queries[h]![t]!), phi(key)) : 0,
            );
            const total = products.reduce((sum, each) => sum + each, 0);
            expectClose(
              found[0]![h]![t]!,
              products.map((each) => (total > 0 ? each / total : 0)),
              2e-5,
            );
          }
        }
      });
    }
  });

  /** How far the weights of a layer are from those of multi-head attention with the same projections: |a − b| / |b|. */
  const distance = (make: () => Attention, x: Tensor): number => {
    let far = 0;
    scoped((own) => {
      const [layer, exact] = [own(make()), own(multiHeadAttention({ numHeads, returnWeights: true }))];
      for (const each of [layer, exact]) each.attend({ query: x });
      exact.setWeights(exact.getWeights().map((weight, i) => filled(weight.shape, 10 + i, 0.6)));
      copyProjections(exact, layer);
      const [a, b] = [layer, exact].map((of) => weightsOf(of, x).flat(3)) as [number[], number[]];
      const size = (of: number[]) => Math.sqrt(dot(of, of));
      far = size(a.map((value, i) => value - b[i]!)) / size(b);
    });
    return far;
  };

  test('Performer comes closer to softmax with more features', () =>
    scoped(() => {
      setSeed(1);
      const x = filled([2, 12, dim], 4);
      const far = [16, 256, 4096].map((numFeatures) => {
        // The median of some draws: a rare feature may weigh much.
        const draws = Array.from({ length: 5 }, () =>
          distance(() => performerAttention({ numHeads, numFeatures, returnWeights: true }), x),
        );
        return draws.sort((a, b) => a - b)[2]!;
      });
      // The error of a mean of M draws falls as 1/√M: by about 4 for 16 times as many.
      expect(far[1]).toBeLessThan(far[0]! / 2);
      expect(far[2]).toBeLessThan(far[1]! / 2);
    }));

  test('Nyström attention comes closer to softmax with more landmarks, and is softmax with all', () =>
    scoped(() => {
      const x = filled([2, 16, dim], 5);
      const far = [2, 4, 8, 16].map((numLandmarks) =>
        distance(
          () => nystromAttention({ numHeads, numLandmarks, pinvIterations: 20, returnWeights: true }),
          x,
        ),
      );
      for (const [i, each] of far.slice(1).entries()) expect(each).toBeLessThan(far[i]!);
      expect(far.at(-1)).toBeLessThan(1e-2);
    }));

  test('Linformer whose projection of slots is the identity is softmax attention', () =>
    scoped((own) => {
      const x = filled([2, 6, dim], 6);
      for (const sharing of ['none', 'heads', 'keyValue'] as const) {
        const layer = own(linformerAttention({ numHeads, maxLength: 9, projectedLength: 6, sharing }));
        const exact = own(multiHeadAttention({ numHeads }));
        for (const each of [layer, exact]) each.attend({ query: x });
        fillWeights(exact, 7);
        copyProjections(exact, layer);
        const slots = layer.weights.filter(({ originalName }) => originalName.endsWith('_slots'));
        expect(slots.map(({ shape }) => shape)).toEqual(
          {
            none: [
              [2, 9, 6],
              [2, 9, 6],
            ],
            heads: [
              [9, 6],
              [9, 6],
            ],
            keyValue: [[9, 6]],
          }[sharing],
        );
        const identity = concat([eye(6), filled([3, 6], 8)], 0);
        for (const each of slots) each.write(mul(identity, ones(each.shape as number[])));
        expectSame([layer.attend({ query: x })] as Tensor[], [exact.attend({ query: x })] as Tensor[], 1e-5);
      }
    }));

  test.each([
    { numHashes: 1, causal: false },
    { numHashes: 3, causal: false },
    { numHashes: 3, causal: true },
  ])('Reformer attends within buckets: %o', ({ numHashes, causal }) =>
    scoped((own) => {
      const slots = 20;
      const layer = own(
        reformerAttention({
          numHeads,
          causal,
          numHashes,
          numBuckets: 4,
          chunkLength: 20,
          returnWeights: true,
        }),
      );
      const x = filled([1, slots, dim], 9);
      const flags = flagsOf(slots, 4);
      layer.attend({ query: x });
      fillWeights(layer, 5);
      const found = weightsOf(layer, x, tensor(flags, [1, slots], 'int32'));
      const queries = projected(layer, 'query_key', x);
      const rotations = layer.weights.at(-1)!.read().arraySync() as number[][][];
      for (let h = 0; h < numHeads; h++) {
        const buckets = queries[h]!.map((row) => {
          const turned = rotations[h]![0]!.map((_, c) =>
            dot(
              row,
              rotations[h]!.map((each) => each[c]!),
            ),
          );
          return Array.from({ length: numHashes }, (_, round) => {
            const half = turned.slice(2 * round, 2 * round + 2);
            const both = [...half, ...half.map((value) => -value)];
            return both.indexOf(Math.max(...both));
          });
        });
        for (let t = 0; t < slots; t++) {
          const powers = queries[h]!.map((key, s) => {
            const meets = buckets[t]!.some((bucket, round) => bucket === buckets[s]![round]);
            if (!flags[s] || !flags[t] || !meets || (causal && s > t)) return 0;
            const product = dot(queries[h]![t]!, key) / Math.sqrt(dot(key, key) * width);
            return Math.exp(product) * (s === t ? 1e-30 : 1);
          });
          const total = powers.reduce((sum, each) => sum + each, 0);
          expectClose(
            found[0]![h]![t]!,
            powers.map((each) => (total > 0 ? each / total : 0)),
            2e-5,
          );
        }
      }
    }),
  );

  test('Reformer finds the nearest keys, more of them in more rounds', () =>
    scoped((own) => {
      const slots = 64;
      const x = filled([1, slots, dim], 11, 2);
      const recall = (numHashes: number, seed: number) => {
        const args = { numHeads, numHashes, numBuckets: 8, chunkLength: 16, returnWeights: true };
        const layer = own(reformerAttention(args));
        layer.attend({ query: x });
        fillWeights(layer, 12);
        layer.setWeights([
          ...layer.getWeights().slice(0, -1),
          filled(layer.weights.at(-1)!.shape as number[], seed),
        ]);
        const [found] = weightsOf(layer, x) as [number[][][]];
        const queries = projected(layer, 'query_key', x);
        let hits = 0;
        for (let h = 0; h < numHeads; h++) {
          for (let t = 0; t < slots; t++) {
            const closeness = queries[h]!.map((key, s) =>
              s === t ? Number.NEGATIVE_INFINITY : dot(queries[h]![t]!, key) / Math.sqrt(dot(key, key)),
            );
            if (found[h]![t]![closeness.indexOf(Math.max(...closeness))]! > 0) hits++;
          }
        }
        return hits / (numHeads * slots);
      };
      const [one, eight] = [1, 8].map((rounds) => recall(rounds, 13)) as [number, number];
      // A slot sees at most 32 of 64, and of these about a quarter in its bucket.
      expect(one).toBeGreaterThan(0.4);
      expect(eight).toBeGreaterThan(0.9);
    }));

  test('a state leaves out what a mask hides', () =>
    scoped((own) => {
      for (const make of [linearAttention, performerAttention]) {
        const layer = own(make({ numHeads, causal: true, positions: rotaryPositions() }));
        const x = filled([2, 5, dim], 14);
        const mask = tensor([0, 1, 0, 1, 1, 1, 1, 0, 1, 0], [2, 5], 'int32');
        const whole = layer.attend({ query: x, mask }) as Tensor;
        let cache = layer.emptyCache(2, 5);
        for (let t = 0; t < 5; t++) {
          const query = slice(x, [0, t, 0], [2, 1, dim]);
          const step = layer.attendCached({ query, cache, position: tensor([t], [1], 'int32'), mask });
          cache = step.cache;
          expectSame([step.context], [slice(whole, [0, t, 0], [2, 1, dim])], 1e-5);
        }
      }
    }));
});

test('names what an efficient attention cannot do', () => {
  expect(() => linearAttention({ numHeads, dropout: 0.1 })).toThrow(
    'dropout must be 0 for ChuiLinearAttention, which has no weights to drop, but is 0.1',
  );
  expect(() => linearAttention({ numHeads, featureMap: 'tanh' as 'elu' })).toThrow(
    'featureMap must be one of elu, relu, but is tanh',
  );
  expect(() => linformerAttention({ numHeads, maxLength: 4, projectedLength: 2, causal: true })).toThrow(
    'causal must be false for Linformer, but is true',
  );
  expect(() => nystromAttention({ numHeads, causal: true })).toThrow(
    'causal must be false for Nyström attention, but is true',
  );
  expect(() => reformerAttention({ numHeads, numBuckets: 3 })).toThrow('numBuckets must be even, but is 3');
  scoped((own) => {
    const x = filled([1, 5, dim], 1);
    const linformer = own(linformerAttention({ numHeads, maxLength: 4, projectedLength: 2 }));
    expect(() => linformer.attend({ query: x })).toThrow(
      'key must have at most maxLength 4 slots, but has 5',
    );
    const linear = own(linearAttention({ numHeads }));
    const pairs = tensor(Array(25).fill(1), [1, 5, 5], 'int32');
    expect(() => linear.attend({ query: x, mask: pairs })).toThrow(
      'mask must be the same for every query, (B, S), but has shape [1,5,5]',
    );
    const bias = filled([1, 5, 5], 1);
    expect(() => linear.attend({ query: x, bias })).toThrow(
      'bias must be left out of ChuiLinearAttention, but has shape [1,5,5]',
    );
    const reformer = own(reformerAttention({ numHeads }));
    expect(() => reformer.attend({ query: x, key: slice(x, [0, 0, 0], [1, 4, dim]) })).toThrow(
      'key must have as many slots as there are queries, 5, but has 4',
    );
    expect(() => nystromAttention({ numHeads }).emptyCache(1, 4)).toThrow('cannot decode step by step');
  });
});
