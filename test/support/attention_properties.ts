import type { Attention, CatalogueEntry } from '@chui/layers';
import { jit, useBackend } from '@chui/runtime';
import {
  engine,
  gather,
  mul,
  ones,
  reshape,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from './backends.js';
import { expectClose } from './gradients.js';
import { expectSame, fillWeights, layerContract, scoped } from './layer_contract.js';
import { filled, values } from './values.js';

const dim = 4;
const numHeads = 2;
/** Few runs of each property, since each is checked on every backend for every attention. */
const numRuns = 4;

/** Sizes of a batch of sequences, and a seed for everything in it. */
const cases = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer({ min: 1, max: 1e6 }),
});
type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

/** Flags, most of them set. */
const flags = (count: number, seed: number) =>
  Array.from(values(count, seed), (value) => (value > -0.4 ? 1 : 0));

/** The layer's context, and its weights if it has them, of a self-attention. */
function attend(layer: Attention, x: Tensor, mask?: Tensor): Tensor[] {
  return [layer.attend({ query: x, mask })].flat();
}

/** Gradients of Σ probe · context for `x`, and for the layer's weights. */
function gradients(layer: Attention, x: Tensor, probe: Tensor, mask?: Tensor): Tensor[] {
  const points = [x, ...layer.trainableWeights.map((weight) => weight.read() as Variable)];
  return tidy(() => {
    const loss = () => sum(mul(attend(layer, x, mask)[0]!, probe)).asScalar();
    const { grads } = engine().gradients(loss, points, undefined, true);
    return grads.map((gradient: Tensor | undefined, i) => gradient ?? zerosLike(points[i]!));
  });
}

const numbers = (x: Tensor) => Array.from(x.dataSync());

/** Declares the tests of what the traits of attentions say. */
export function attentionProperties(entries: readonly CatalogueEntry[]): void {
  for (const { name, traits, make } of entries) {
    describe(name, () => {
      const maxLength = 9;
      /** Runs `body` on layers of all kinds of sizes, with weights and inputs that are fixed by a seed. */
      const always = (
        args: { causal?: boolean; returnWeights?: boolean },
        body: (layer: Attention, x: Tensor, given: Case) => void,
      ) =>
        fc.assert(
          fc.property(
            cases,
            (given) =>
              void scoped((own) => {
                const layer = own(make({ dim, numHeads, maxLength, ...args }));
                const x = filled([given.batch, given.length, dim], given.seed);
                attend(layer, x);
                fillWeights(layer, given.seed + 1);
                body(layer, x, given);
              }),
          ),
          { numRuns, seed: 1 },
        );
      const maskOf = ({ batch, length, seed }: Case) =>
        tensor(flags(batch * length, seed + 9), [batch, length], 'int32');

      onEveryBackend((backend) => {
        const x = () => filled([2, 5, dim], 7);
        describe('as a layer', () =>
          layerContract({ make: () => make({ dim, numHeads, maxLength }), inputs: () => [x(), x(), x()] }));
        describe('as a layer with a mask that puts out weights', () =>
          layerContract({
            make: () => make({ dim, numHeads, maxLength, returnWeights: true }),
            inputs: () => [x(), x(), x(), tensor([1, 1, 1, 0, 0, 1, 0, 1, 1, 1], [2, 1, 5], 'int32')],
          }));

        test('gives zeros to queries that may attend to nothing, with zero gradients', () =>
          always({ returnWeights: true }, (layer, x, given) => {
            const { batch, length } = given;
            // No slot of the first sequence may be attended to.
            const mask = mul(maskOf(given), tensor([0, ...Array(batch - 1).fill(1)], [batch, 1], 'int32'));
            for (const output of attend(layer, x, mask)) {
              expect(numbers(output).every(Number.isFinite)).toBe(true);
              expect(numbers(slice(output, 0, 1)).every((value) => value === 0)).toBe(true);
            }
            const found = gradients(layer, x, filled([batch, length, dim], 3), mask);
            for (const gradient of found) expect(numbers(gradient).every(Number.isFinite)).toBe(true);
            expect(numbers(slice(found[0]!, 0, 1)).every((value) => value === 0)).toBe(true);
          }));

        test('sees nothing of masked slots, in outputs and gradients', () =>
          always({}, (layer, query, given) => {
            const mask = maskOf(given);
            const hidden = reshape(sub(1, mask), [given.batch, given.length, 1]);
            const other = filled(query.shape, given.seed + 5, 3);
            const changed = tidy(() => mul(other, hidden).add(mul(query, sub(1, hidden))));
            const outcome = (memory: Tensor) =>
              tidy(() => {
                const probe = filled(query.shape, 3);
                const read = (of: Tensor) => layer.attend({ query, key: of, value: of, mask }) as Tensor;
                const [gradient] = engine().gradients(
                  () => sum(mul(read(memory), probe)).asScalar(),
                  [memory],
                ).grads;
                return [read(memory), mul(gradient!, hidden)] as const;
              });
            const [context, leak] = outcome(query.clone());
            expect(numbers(leak).every((value) => value === 0)).toBe(true);
            expectSame([outcome(changed)[0]], [context], 1e-5);
          }));

        test('overflows nothing', () =>
          always({ returnWeights: true }, (layer, x, given) => {
            const large = mul(x, 1e4);
            const outputs = [
              ...attend(layer, large, maskOf(given)),
              ...gradients(layer, large, x, maskOf(given)),
            ];
            for (const output of outputs) expect(numbers(output).every(Number.isFinite)).toBe(true);
          }));

        test('makes of one sequence what it makes of it in a batch', () =>
          always({ returnWeights: true }, (layer, x, given) => {
            const mask = maskOf(given);
            const rows = Array.from({ length: given.batch }, (_, b) =>
              attend(layer, slice(x, b, 1), slice(mask, b, 1)),
            );
            expectSame(
              attend(layer, x, mask),
              rows[0]!.map((_, i) => stack(rows.map((row) => row[i]!.squeeze([0])))),
              1e-5,
            );
          }));

        if (traits.normalized) {
          test('weighs to a sum of one', () =>
            always({ returnWeights: true }, (layer, x, given) => {
              const masked = attend(layer, x, maskOf(given))[1]!;
              const allowed = numbers(maskOf(given));
              const each = numbers(sum(masked, -1)); // for each sequence, maybe each head, and each query
              const rows = each.length / given.batch;
              const any = numbers(sum(maskOf(given), 1));
              // What sees by position may see nothing of what is allowed, but its own slot.
              const sums = each.map((found, i) => {
                const sequence = Math.floor(i / rows);
                const own = allowed[sequence * given.length + (i % given.length)]!;
                const must = traits.permutationInvariant ? any[sequence]! : own;
                return found > 0.5 || must > 0 ? 1 : 0;
              });
              expectClose(each, sums, 1e-5);
              const whole = numbers(sum(attend(layer, x)[1]!, -1));
              expectClose(
                whole,
                whole.map(() => 1),
                1e-5,
              );
            }));
        }

        if (traits.permutationInvariant) {
          test('does not care about the order of the slots', () =>
            always({ returnWeights: true }, (layer, query, given) => {
              const mask = maskOf(given);
              const order = Array.from(values(given.length, given.seed + 4).entries())
                .sort(([, a], [, b]) => a - b)
                .map(([slot]) => slot);
              const moved = (of: Tensor, axis: number) =>
                gather(of, tensor(order, [given.length], 'int32'), axis);
              const [key, value] = [filled(query.shape, given.seed + 2), filled(query.shape, given.seed + 3)];
              const [context, weights] = layer.attend({ query, key, value, mask }) as [Tensor, Tensor];
              const same = layer.attend({
                query,
                key: moved(key, 1),
                value: moved(value, 1),
                mask: moved(mask, 1),
              });
              expectSame(same as Tensor[], [context, moved(weights, weights.rank - 1)], 1e-5);
            }));
        }

        if (traits.causal) {
          test('does not see the future', () =>
            always({ causal: true }, (layer, x, given) => {
              const { batch, length, seed } = given;
              const now = seed % length;
              const probe = tidy(() => {
                const steps = Array.from({ length }, (_, t) => (t <= now ? 1 : 0));
                return mul(filled(x.shape, seed + 6), tensor(steps, [1, length, 1]));
              });
              const [gradient] = gradients(layer, x, probe, maskOf(given));
              const later = slice(gradient!, [0, now + 1, 0], [batch, length - now - 1, dim]);
              expect(numbers(later).every((value) => value === 0)).toBe(true);
            }));
        }

        if (traits.cacheable) {
          test('decodes with a cache what it attends to causally', () =>
            always({ causal: true, returnWeights: true }, (layer, x, { batch, length }) => {
              const [context, weights] = attend(layer, x) as [Tensor, Tensor];
              const capacity = maxLength;
              // What a slot holds before it is written must not matter.
              let cache = layer
                .emptyCache(batch, capacity)
                .map((each) => (each.shape.at(-2) === capacity ? filled(each.shape, 8) : each));
              const shapes = cache.map(({ shape }) => shape);
              for (let t = 0; t < length; t++) {
                const step = layer.attendCached({
                  query: slice(x, [0, t, 0], [batch, 1, dim]),
                  cache,
                  position: tensor(t % 2 ? [t] : Array(batch).fill(t), t % 2 ? [1] : [batch], 'int32'),
                });
                cache = step.cache;
                expect(cache.map(({ shape }) => shape)).toEqual(shapes);
                const row = (of: Tensor) => {
                  const begin = of.shape.map((_, axis) => (axis === of.rank - 2 ? t : 0));
                  return slice(
                    of,
                    begin,
                    of.shape.map((size, axis) => (axis === of.rank - 2 ? 1 : size)),
                  );
                };
                expectSame([step.context], [row(context)], 1e-5);
                if (step.weights) expectClose(sum(step.weights, -1), numbers(sum(row(weights), -1)), 1e-5);
              }
            }));
        }

        if (backend === 'native') {
          test('is recorded as it is', () =>
            always({ returnWeights: true }, (layer, x, given) => {
              const mask = maskOf(given);
              const outcome = (of: Tensor) => [
                ...attend(layer, of, mask),
                ...gradients(layer, of, filled(x.shape, 3), mask),
              ];
              const recorded = jit(outcome);
              try {
                expectSame(recorded(x), outcome(x), 1e-5);
              } finally {
                recorded.dispose();
              }
            }));
        }
      });

      test('names what is wrong with its inputs', async () => {
        await useBackend('cpu');
        scoped((own) => {
          const layer = own(make({ dim, numHeads, maxLength }));
          const x = ones([2, 5, dim]);
          attend(layer, x);
          const fails = (inputs: Tensor[], message: string) => {
            expect(() => own(make({ dim, numHeads, maxLength })).apply(inputs)).toThrow(message);
            expect(() => layer.apply(inputs)).toThrow(message);
          };
          fails([x, x], 'inputs must be [query, key, value, mask?, bias?]');
          fails(
            [reshape(x, [10, dim]), x, x],
            `query must be of rank 3 (batch, length, width), but has shape [10,${dim}]`,
          );
          fails([x, x, ones([2, 4, dim])], 'value must have as many slots as the key, 5, but has 4');
          fails(
            [x, x, x, ones([5])],
            'mask must be of shape (B, S), (B, T, S) or (B, H, T, S), but has shape [5]',
          );
          fails(
            [x, x, x, ones([2, 4])],
            'mask must be of shape (2, 5), where axes may be 1, but has shape [2,4]',
          );
          fails([x, x, x, ones([2, 3, 5, 5])], 'mask must be of shape (2, ');
        });
      });
    });
  }
}
