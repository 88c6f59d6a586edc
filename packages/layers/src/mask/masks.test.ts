import { jit } from '@chui/runtime';
import { mul, type Tensor, tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { apply, expectSame, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { multiHeadAttention } from '../attention/multi_head_attention.js';
import { scaledDotProductAttention } from '../attention/scaled_dot_product_attention.js';
import { causalMask } from './causal_mask.js';
import { andMasks, notMask, orMasks } from './combine_masks.js';
import { documentMask } from './document_mask.js';
import { lengthsMask } from './lengths_mask.js';
import { paddingMask } from './padding_mask.js';
import { prefixMask } from './prefix_mask.js';
import { windowMask } from './window_mask.js';

type Four = [number, number, number, number];
type Pairs = (b: number, t: number, s: number) => boolean;

const size = fc.integer({ min: 1, max: 5 });
const numRuns = 25;

/** Checks a mask, (B, S) or (B, T, S), against a rule for each of its elements. */
function expectMask(mask: Tensor, shape: number[], allowed: Pairs): void {
  expect(mask.shape).toEqual(shape);
  expect(mask.dtype).toBe('bool');
  const [batch, queries, keys] =
    shape.length === 2 ? [shape[0]!, 1, shape[1]!] : (shape as [number, number, number]);
  const expected: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < queries; t++) for (let s = 0; s < keys; s++) expected.push(allowed(b, t, s) ? 1 : 0);
  expect(Array.from(mask.dataSync())).toEqual(expected);
}

/** Runs a property, the tensors of each run being disposed of. */
const holds = <Values extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof Values]: fc.Arbitrary<Values[K]> },
  property: (...values: Values) => void,
) =>
  fc.assert(
    fc.property(...(arbitraries as unknown as [fc.Arbitrary<unknown>]), (...values: unknown[]) => {
      tidy(() => property(...(values as Values)));
    }),
    { numRuns },
  );

/** Lengths of rows, and a length that is at least theirs. */
const lengths = size.chain((length) =>
  fc.record({
    length: fc.constant(length),
    each: fc.array(fc.integer({ min: 0, max: length }), { minLength: 1, maxLength: 3 }),
  }),
);

/** A mask of any rank with axes of the given lengths or 1, its flags, and of which dtype it is. */
const maskFor = ([batch, heads, queries, keys]: Four) =>
  fc
    .tuple(fc.constantFrom([batch, keys], [batch, queries, keys], [batch, heads, queries, keys]), fc.nat())
    .chain(([axes, choice]) => {
      const shape = axes.map((axis, i) => ((choice >> i) & 1 ? 1 : axis));
      const count = shape.reduce((a, b) => a * b, 1);
      return fc.record({
        shape: fc.constant(shape),
        flags: fc.array(fc.constantFrom(0, 1), { minLength: count, maxLength: count }),
        dtype: fc.constantFrom('int32' as const, 'bool' as const, 'float32' as const),
      });
    });
const masks = fc
  .tuple(size, size, size, size)
  .chain((axes) =>
    fc.record({ axes: fc.constant(axes), all: fc.array(maskFor(axes), { minLength: 1, maxLength: 3 }) }),
  );
type Made = { shape: number[]; flags: number[] };

/** The flag of a mask for a query of a head and a key, whatever axes the mask has. */
function flagAt({ shape, flags }: Made, at: Four): boolean {
  const [b, , t, s] = at;
  const places = { 2: [b, s], 3: [b, t, s], 4: at }[shape.length]!;
  return (
    flags[
      places.reduce((index, place, axis) => index * shape[axis]! + Math.min(place, shape[axis]! - 1), 0)
    ] === 1
  );
}

describe('masks', () => {
  onEveryBackend((backend) => {
    test('paddingMask shows the ids that are not padding', () =>
      holds([size, size, fc.integer({ min: -1, max: 2 }), fc.nat(99)], (batch, length, padId, seed) => {
        const ids = Array.from({ length: batch * length }, (_, i) => ((i * 7 + seed) % 4) - 1);
        const mask = paddingMask(tensor(ids, [batch, length], 'int32'), padId);
        expectMask(mask, [batch, length], (b, _, s) => ids[b * length + s] !== padId);
      }));

    test('lengthsMask shows the first slots, of numbers as of tensors', () =>
      holds([lengths], ({ length, each }) => {
        for (const given of [
          each,
          tensor(each, [each.length], 'int32'),
          tensor(each, [each.length], 'float32'),
        ])
          expectMask(lengthsMask(given, length), [each.length, length], (b, _, s) => s < each[b]!);
      }));

    test('causalMask shows the slots up to the query', () =>
      holds([size, size], (queries, keys) => {
        expectMask(causalMask(queries, keys), [1, queries, keys], (_, t, s) => s <= t);
        expectMask(causalMask(queries), [1, queries, queries], (_, t, s) => s <= t);
      }));

    test('prefixMask shows the prefix to all, and else the slots up to the query', () =>
      holds([lengths], ({ length, each }) => {
        for (const given of [each, tensor(each, [each.length], 'int32')])
          expectMask(
            prefixMask(given, length),
            [each.length, length, length],
            (b, t, s) => s <= t || s < each[b]!,
          );
      }));

    test('documentMask shows the slots of the same document', () =>
      holds([size, size, fc.nat(99)], (batch, length, seed) => {
        const ids = Array.from({ length: batch * length }, (_, i) => ((i * 7 + seed) % 5) >> 1);
        const mask = documentMask(tensor(ids, [batch, length], 'int32'));
        const id = (b: number, at: number) => ids[b * length + at];
        expectMask(mask, [batch, length, length], (b, t, s) => id(b, t) === id(b, s));
      }));

    test('windowMask shows the slots near the query', () => {
      const reach = fc.oneof(fc.nat(6), fc.constantFrom(Infinity, undefined));
      holds([size, reach, reach], (length, left, right) => {
        const options = { ...(left !== undefined && { left }), ...(right !== undefined && { right }) };
        expectMask(
          windowMask(length, options),
          [1, length, length],
          (_, t, s) => s >= t - (left ?? Infinity) && s <= t + (right ?? Infinity),
        );
      });
    });

    test('andMasks, orMasks and notMask combine masks of every rank and dtype', () =>
      holds([masks], ({ axes, all }) => {
        const made = all.map(({ shape, flags, dtype }) => {
          const ones = tensor(flags, shape, dtype);
          return dtype === 'bool' ? ones : mul(ones, -3);
        });
        const rank = Math.max(...made.map((mask) => mask.rank));
        const [and, or] = [andMasks(...made), orMasks(...made)];
        expect([and.rank, or.rank, and.dtype, or.dtype]).toEqual([rank, rank, 'bool', 'bool']);
        const result = (mask: Tensor) => ({ shape: mask.shape, flags: Array.from(mask.dataSync()) });
        const [first, both, any, none] = [made[0]!, and, or, notMask(made[0]!)].map(result) as [
          Made,
          Made,
          Made,
          Made,
        ];
        expect(none.shape).toEqual(first.shape);
        for (let b = 0; b < axes[0]; b++)
          for (let h = 0; h < axes[1]; h++)
            for (let t = 0; t < axes[2]; t++)
              for (let s = 0; s < axes[3]; s++) {
                const at: Four = [b, h, t, s];
                const flags = all.map((mask) => flagAt(mask, at));
                expect(flagAt(both, at)).toBe(flags.every(Boolean));
                expect(flagAt(any, at)).toBe(flags.some(Boolean));
                expect(flagAt(none, at)).toBe(!flags[0]);
              }
      }));

    test('attentions attend where a mask is true, and nowhere else', () =>
      scoped((own) => {
        const [B, T, H] = [2, 4, 2];
        const x = filled([B, T, 4], 1);
        const ids = tensor([5, 6, 0, 0, 7, 0, 8, 9], [B, T], 'int32');
        const padding = paddingMask(ids, 0);
        const given: Tensor[] = [
          padding,
          lengthsMask([2, 0], T),
          causalMask(T),
          prefixMask([3, 0], T),
          windowMask(T, { left: 1, right: 0 }),
          andMasks(padding, causalMask(T)),
          orMasks(andMasks(padding, windowMask(T, { left: 1, right: 1 })), causalMask(T)),
          notMask(andMasks(padding, causalMask(T))),
        ];
        const single = own(scaledDotProductAttention({ returnWeights: true }));
        const heads = own(multiHeadAttention({ numHeads: H, keyDim: 2, returnWeights: true }));
        for (const mask of given) {
          const flags = { shape: mask.shape, flags: Array.from(mask.dataSync()) };
          for (const layer of [single, heads]) {
            const [, weights] = apply(layer, [x, x, x, mask]) as [Tensor, Tensor];
            const found = Array.from(weights.dataSync(), (weight) => weight !== 0);
            const count = layer === heads ? H : 1;
            const expected = found.map((_, i) => {
              const [b, t, s] = [Math.floor(i / (count * T * T)), Math.floor(i / T) % T, i % T];
              return flagAt(flags, [b, 0, t, s]);
            });
            expect(found).toEqual(expected);
          }
        }
      }));

    if (backend === 'native') {
      test('are recorded', () =>
        scoped(() => {
          const all = (ids: Tensor, lengths: Tensor) => {
            const padding = paddingMask(ids, 0);
            return [
              andMasks(padding, causalMask(3)),
              orMasks(padding, lengthsMask(lengths, 3), windowMask(3, { left: 1, right: 0 })),
              notMask(prefixMask(lengths, 3)),
              documentMask(ids),
            ];
          };
          const recorded = jit(all);
          try {
            for (const seed of [1, 2]) {
              const ids = tensor([seed, 0, 2, 2 - seed, 3, 0], [2, 3], 'int32');
              const lengths = tensor([seed, 3 - seed], [2], 'int32');
              expectSame(recorded(ids, lengths), all(ids, lengths), 0);
            }
          } finally {
            recorded.dispose();
          }
        }));
    }
  });

  test('name what is wrong', () =>
    scoped(() => {
      expect(() => paddingMask(zeros([3]), 0)).toThrow(
        'ids must be of rank 2 (batch, length), but have shape [3]',
      );
      expect(() => paddingMask(zeros([2, 3]), 0.5)).toThrow('padId must be an integer, but is 0.5');
      expect(() => documentMask(zeros([3]))).toThrow(
        'documentIds must be of rank 2 (batch, length), but have shape [3]',
      );
      expect(() => lengthsMask([1, 4], 3)).toThrow('lengths must be integers from 0 to 3, but one is 4');
      expect(() => lengthsMask(zeros([2, 1]), 3)).toThrow(
        'lengths must be of rank 1 (batch), but have shape [2,1]',
      );
      expect(() => lengthsMask([1], 0)).toThrow('maxLength must be a positive integer, but is 0');
      expect(() => causalMask(0)).toThrow('queryLength must be a positive integer, but is 0');
      expect(() => causalMask(2, 1.5)).toThrow('keyLength must be a positive integer, but is 1.5');
      expect(() => prefixMask([-1], 3)).toThrow('prefixLengths must be integers from 0 to 3, but one is -1');
      expect(() => prefixMask([1], -2)).toThrow('length must be a positive integer, but is -2');
      expect(() => windowMask(NaN, {})).toThrow('length must be a positive integer, but is NaN');
      expect(() => windowMask(3, { left: -1 })).toThrow(
        'left must be an integer of at least 0, or Infinity, but is -1',
      );
      expect(() => windowMask(3, { right: 0.5 })).toThrow(
        'right must be an integer of at least 0, or Infinity, but is 0.5',
      );
      expect(() => andMasks()).toThrow('masks must be one or more, but are none');
      expect(() => orMasks(zeros([2, 3]), zeros([1, 4, 4]))).toThrow(
        'masks must have axes of the same length or 1, but have the shapes [2,3] and [1,4,4]',
      );
      expect(() => andMasks(zeros([3]), zeros([2, 3]))).toThrow(
        'mask must be of shape (B, S), (B, T, S) or (B, H, T, S), but has shape [3]',
      );
      expect(() => andMasks(zeros([3]))).toThrow('but has shape [3]');
    }));
});
