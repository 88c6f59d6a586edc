import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, fillWeights, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { additiveAttention } from './additive_attention.js';
import type { Attention } from './attention.js';
import { concatAttention } from './concat_attention.js';
import { cosineAttention } from './cosine_attention.js';
import { dotProductAttention } from './dot_product_attention.js';
import { gatedCrossAttention } from './gated_cross_attention.js';
import { generalAttention } from './general_attention.js';
import { localMonotonicAttention } from './local_monotonic_attention.js';
import { localPredictiveAttention } from './local_predictive_attention.js';
import { locationAttention } from './location_attention.js';
import { multiHeadAttention } from './multi_head_attention.js';
import { projectedDotProductAttention } from './projected_dot_product_attention.js';
import { scaledDotProductAttention } from './scaled_dot_product_attention.js';

/** Vectors and matrices in float64, computed with loops. */
type Vector = number[];
type Matrix = Vector[];

const dot = (a: Vector, b: Vector) => a.reduce((total, x, i) => total + x * b[i]!, 0);
const columns = (m: Matrix) => m[0]!.map((_, j) => m.map((row) => row[j]!));
/** x M for a row x. */
const times = (x: Vector, m: Matrix) => columns(m).map((column) => dot(x, column));
const plus = (a: Vector, b: Vector) => a.map((x, i) => x + b[i]!);

const [B, T, S] = [2, 3, 4];
const mask = [1, 1, 0, 1, 0, 1, 1, 1];

/** A pair's query and slot, and how many slots may be attended to. */
interface Place {
  t: number;
  s: number;
  slots: number;
}

/** Weights of query `t` over the slots of sequence `b`, from its scores. */
function normalised(scores: Vector, b: number): Vector {
  const raised = scores.map((score, s) => mask[b * S + s]! * Math.exp(score));
  const total = raised.reduce((sum, x) => sum + x, 0);
  return raised.map((x) => x / total);
}

function expectNear(actual: Tensor, expected: unknown): void {
  const flat = (expected as number[]).flat(Number.POSITIVE_INFINITY) as number[];
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  expect(Math.max(...flat.map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(2e-6);
}

/** Checks context and weights against a score of one query and one key. */
function checkScore(
  make: () => Attention,
  widths: [number, number, number],
  score: (q: Vector, k: Vector, weights: Matrix[], place: Place) => number,
  factor: (q: Vector, weights: Matrix[], place: Place) => number = () => 1,
): void {
  scoped((own) => {
    const layer = own(make());
    const x = widths.map((width, i) => filled([B, i ? S : T, width], 50 + i));
    const inputs = [...x, tensor(mask, [B, S], 'int32')];
    apply(layer, inputs);
    fillWeights(layer, 60);
    const [context, weights] = apply(layer, inputs) as [Tensor, Tensor];
    const kernels = layer.getWeights().map((weight) => weight.arraySync() as Matrix);
    const [queries, keys, values] = x.map((each) => each.arraySync() as Matrix[]) as [
      Matrix[],
      Matrix[],
      Matrix[],
    ];
    const expected = queries.map((rows, b) =>
      rows.map((q, t) => {
        const place = (slot: number): Place => ({
          t,
          s: slot,
          slots: mask.slice(b * S, b * S + S).filter(Boolean).length,
        });
        const shares = normalised(
          keys[b]!.map((k, slot) => score(q, k, kernels, place(slot))),
          b,
        );
        return shares.map((share, slot) => share * factor(q, kernels, place(slot)));
      }),
    );
    expectNear(weights, expected);
    expectNear(
      context,
      expected.map((rows, b) => rows.map((row) => times(row, values[b]!))),
    );
  });
}

describe('an attention agrees with loops in float64', () => {
  const args = { returnWeights: true };
  onEveryBackend(() => {
    test('additive', () => {
      const score = (act: (x: number) => number) => (q: Vector, k: Vector, weights: Matrix[]) => {
        const [w1, w2, b, v] = weights as [Matrix, Matrix, unknown, Matrix];
        const hidden = plus(plus(times(q, w1), times(k, w2)), b as Vector).map(act);
        return dot(hidden, v.flat());
      };
      checkScore(() => additiveAttention({ units: 5, ...args }), [3, 4, 2], score(Math.tanh));
      checkScore(
        () => additiveAttention({ units: 5, activation: 'relu', ...args }),
        [3, 4, 2],
        score((x) => Math.max(x, 0)),
      );
    });

    test('concat', () => {
      checkScore(
        () => concatAttention({ units: 5, ...args }),
        [3, 4, 2],
        (q, k, [w, v]) => dot(times([...q, ...k], w!).map(Math.tanh), v!.flat()),
      );
    });

    test('cosine', () => {
      const length = (x: Vector) => Math.sqrt(dot(x, x));
      checkScore(
        () => cosineAttention(args),
        [4, 4, 2],
        (q, k, [scale]) => (Math.exp((scale as unknown as Vector)[0]!) * dot(q, k)) / length(q) / length(k),
      );
    });

    test('location', () => {
      checkScore(
        () => locationAttention({ maxLength: 6, ...args }),
        [3, 4, 2],
        (q, _k, [w], { s }) => times(q, w!)[s]!,
      );
    });

    test('local, monotonic', () => {
      checkScore(
        () => localMonotonicAttention({ windowSize: 1, ...args }),
        [3, 4, 2],
        (q, k, [w], { t, s }) => (Math.abs(t - s) <= 1 ? dot(times(q, w!), k) : Number.NEGATIVE_INFINITY),
      );
    });

    test('local, predictive', () => {
      const distance = (q: Vector, position: Matrix, score: Matrix, { s, slots }: Place) =>
        s - slots / (1 + Math.exp(-dot(times(q, position).map(Math.tanh), score.flat())));
      checkScore(
        () =>
          localPredictiveAttention({
            windowSize: 2,
            units: 5,
            score: concatAttention({ units: 4 }),
            ...args,
          }),
        [3, 4, 2],
        (q, k, [position, score, w, v], place) =>
          Math.abs(distance(q, position!, score!, place)) <= 2
            ? dot(times([...q, ...k], w!).map(Math.tanh), v!.flat())
            : Number.NEGATIVE_INFINITY,
        (q, [position, score], place) => Math.exp(-(distance(q, position!, score!, place) ** 2) / 2),
      );
    });

    test('gated cross-attention', () =>
      scoped((own) => {
        const options = { numHeads: 2, keyDim: 3 };
        const [gated, plain] = [own(gatedCrossAttention(options)), own(multiHeadAttention(options))];
        const inputs = [filled([B, T, 4], 90), filled([B, S, 3], 91), filled([B, S, 3], 91)];
        const [shut] = apply(gated, inputs) as [Tensor];
        expectNear(shut, Array(B * T * 4).fill(0));
        apply(plain, inputs);
        fillWeights(plain, 92);
        gated.setWeights([tensor([0.7]), ...plain.getWeights()]);
        const [context] = apply(plain, inputs) as [Tensor];
        expectNear(
          apply(gated, inputs)[0]!,
          Array.from(context.dataSync(), (x) => Math.tanh(0.7) * x),
        );
      }));

    test('dot product', () => {
      checkScore(() => dotProductAttention(args), [4, 4, 2], dot);
    });

    test('scaled dot product', () => {
      checkScore(
        () => scaledDotProductAttention(args),
        [4, 4, 2],
        (q, k) => dot(q, k) / 2,
      );
      checkScore(
        () => scaledDotProductAttention({ scale: 3, ...args }),
        [4, 4, 2],
        (q, k) => 3 * dot(q, k),
      );
    });

    test('general', () => {
      checkScore(
        () => generalAttention(args),
        [3, 4, 2],
        (q, k, [w]) => dot(times(q, w!), k),
      );
    });

    test('projected dot product', () => {
      checkScore(
        () => projectedDotProductAttention({ units: 5, ...args }),
        [3, 4, 2],
        (q, k, [query, key]) => dot(times(q, query!), times(k, key!)),
      );
    });

    test('multi-head', () =>
      scoped((own) => {
        const [heads, keyDim, valueDim] = [2, 3, 5];
        const layer = own(multiHeadAttention({ numHeads: heads, keyDim, valueDim, ...args }));
        const x = [filled([B, T, 4], 70), filled([B, S, 3], 71), filled([B, S, 2], 72)];
        const inputs = [...x, tensor(mask, [B, S], 'bool')];
        apply(layer, inputs);
        fillWeights(layer, 80);
        const [context, weights] = apply(layer, inputs) as [Tensor, Tensor];
        const [wq, bq, wk, bk, wv, bv, wo, bo] = layer.getWeights().map((weight) => weight.arraySync()) as [
          Matrix,
          Vector,
          Matrix,
          Vector,
          Matrix,
          Vector,
          Matrix,
          Vector,
        ];
        const [queries, keys, values] = x.map((each) => each.arraySync() as Matrix[]) as [
          Matrix[],
          Matrix[],
          Matrix[],
        ];
        const head = (row: Vector, h: number, width: number) => row.slice(h * width, (h + 1) * width);
        const expected = queries.map((rows, b) => {
          const k = keys[b]!.map((row) => plus(times(row, wk), bk));
          const v = values[b]!.map((row) => plus(times(row, wv), bv));
          return rows.map((row) => {
            const q = plus(times(row, wq), bq);
            const byHead = Array.from({ length: heads }, (_, h) => {
              const scores = k.map(
                (key) => dot(head(q, h, keyDim), head(key, h, keyDim)) / Math.sqrt(keyDim),
              );
              const share = normalised(scores, b);
              return {
                share,
                mean: times(
                  share,
                  v.map((value) => head(value, h, valueDim)),
                ),
              };
            });
            return {
              context: plus(
                times(
                  byHead.flatMap(({ mean }) => mean),
                  wo,
                ),
                bo,
              ),
              shares: byHead.map(({ share }) => share),
            };
          });
        });
        expectNear(
          context,
          expected.map((rows) => rows.map((row) => row.context)),
        );
        const byHead = Array.from({ length: heads }, (_, h) => h);
        expectNear(
          weights,
          expected.map((rows) => byHead.map((h) => rows.map((row) => row.shares[h]!))),
        );
      }));
  });
});
