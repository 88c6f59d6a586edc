import {
  concat,
  gather,
  mul,
  ones,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { AttentionArgs, ScoredAttention } from '../../packages/layers/src/index.js';
import { onEveryBackend } from './backends.js';
import { expectClose } from './gradients.js';
import { apply, expectSame, fillWeights, layerContract, layerGradients, scoped } from './layer_contract.js';
import { filled } from './values.js';

export interface AttentionContract {
  make: (args: AttentionArgs) => ScoredAttention;
  /** Widths of query, key and value. */
  widths: [query: number, key: number, value: number];
  /** Width of the context; by default the value's. */
  contextWidth?: number;
  /** Number of heads, whose axis the weights have. */
  heads?: number;
}

const B = 2;
const T = 3;
const S = 5;
/** Slots that each sequence of the batch may see: one is padded, of the other one slot is hidden in the middle. */
const padding = [1, 1, 1, 0, 0, 1, 0, 1, 1, 1];

/** Declares the tests that every attention passes, on every backend. */
export function attentionContract(
  name: string,
  { make, widths, contextWidth = widths[2], heads }: AttentionContract,
): void {
  const inputs = () => widths.map((width, i) => filled([B, i === 0 ? T : S, width], 21 + i));
  const causal = Array.from({ length: T * S }, (_, i) => (i % S <= Math.floor(i / S) ? 1 : 0));
  const weightsShape = heads ? [B, heads, T, S] : [B, T, S];

  const ready = (own: <D extends { dispose(): unknown }>(made: D) => D, args: AttentionArgs = {}) => {
    const layer = own(make({ returnWeights: true, ...args }));
    const x = inputs() as [Tensor, Tensor, Tensor];
    apply(layer, x);
    fillWeights(layer, 31);
    const attend = (mask?: Tensor, [query, key, value] = x) =>
      apply(layer, mask ? [query, key, value, mask] : [query, key, value]) as [Tensor, Tensor];
    return { layer, x, attend };
  };

  describe(`${name} as an attention`, () => {
    onEveryBackend(() => {
      describe('without a mask', () => layerContract({ make: () => make({}), inputs }));
      describe('with a mask, and weights put out', () =>
        layerContract({
          make: () => make({ returnWeights: true }),
          inputs: () => [...inputs(), tensor(padding, [B, 1, S], 'int32')],
        }));

      test('weighs every slot, to a sum of one', () =>
        scoped((own) => {
          const [context, weights] = ready(own).attend();
          expect(context.shape).toEqual([B, T, contextWidth]);
          expect(weights.shape).toEqual(weightsShape);
          expect(Math.min(...weights.dataSync())).toBeGreaterThan(0);
          const rows = sum(weights, -1);
          expectClose(rows, new Float32Array(rows.size).fill(1), 1e-6);
        }));

      test('takes masks of every rank and dtype', () =>
        scoped((own) => {
          const { attend } = ready(own);
          const expected = attend(tensor(padding, [B, 1, S], 'int32'));
          const allowed = weightsOf(padding, weightsShape);
          const weights = expected[1].dataSync();
          expect(Array.from(weights, (weight) => weight > 0)).toEqual(allowed.map(Boolean));
          const rows = sum(expected[1], -1);
          expectClose(rows, new Float32Array(rows.size).fill(1), 1e-6);
          const full = mul(tensor(padding, [B, 1, S]), ones([B, T, S])).dataSync();
          for (const dtype of ['int32', 'bool', 'float32'] as const) {
            for (const shape of [
              [B, S],
              [B, 1, S],
              [B, 1, 1, S],
              [B, T, S],
              [B, 1, T, S],
            ]) {
              const mask = tensor(shape.includes(T) ? full : padding, shape, dtype);
              expectSame(attend(mask), expected);
            }
          }
        }));

      test('gives zeros to a query that may attend to nothing, and finite gradients', () =>
        scoped((own) => {
          const { layer, x, attend } = ready(own);
          const allowed = Array.from({ length: B * T * S }, (_, i) => (Math.floor(i / S) === 1 ? 0 : 1));
          const mask = tensor(allowed, [B, T, S], 'bool');
          const [context, weights] = attend(mask);
          const zeroRow = (values: Tensor) => expectClose(values, new Float32Array(values.size), 0);
          zeroRow(slice(context, [0, 1, 0], [1, 1, contextWidth]));
          zeroRow(
            heads ? slice(weights, [0, 0, 1, 0], [1, heads, 1, S]) : slice(weights, [0, 1, 0], [1, 1, S]),
          );
          expect(context.dataSync().every(Number.isFinite)).toBe(true);
          expectSame(
            [slice(context, [1, 0, 0], [1, T, contextWidth])],
            [slice(attend()[0], [1, 0, 0], [1, T, contextWidth])],
          );
          for (const gradient of layerGradients(layer, [...x, mask])) {
            expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
          }
          const nothing = attend(zeros([B, S], 'int32'));
          for (const each of nothing) zeroRow(each);
        }));

      test('does not care about the order of the slots', () =>
        scoped((own) => {
          const { x, attend } = ready(own);
          const mask = tensor(padding, [B, S], 'int32');
          const order = tensor([3, 0, 4, 2, 1], [S], 'int32');
          const [context, weights] = attend(mask);
          const moved = attend(gather(mask, order, 1), [
            x[0],
            gather(x[1], order, 1),
            gather(x[2], order, 1),
          ]);
          expectSame(moved, [context, gather(weights, order, weights.rank - 1)], 1e-5);
        }));

      test('does not see what is masked', () =>
        scoped((own) => {
          const { x, attend } = ready(own);
          const [context, weights] = attend();
          const [key, value] = [x[1], x[2]].map((each) =>
            concat([each, filled([B, 2, each.shape[2]!], 41)], 1),
          );
          const mask = tensor([1, 1, 1, 1, 1, 0, 0], [1, S + 2], 'int32');
          const padded = attend(mask, [x[0], key!, value!]);
          const none = zeros([...weightsShape.slice(0, -1), 2]);
          expectSame(padded, [context, concat([weights, none], -1)], 1e-5);
        }));

      test('is causal from the first slot on', () =>
        scoped((own) => {
          const plain = ready(own);
          const layer = ready(own, { causal: true });
          const mask = tensor(causal, [1, T, S], 'int32');
          expectSame(layer.attend(), plain.attend(mask));
          const both = mul(tensor(padding, [B, 1, S], 'int32'), mask);
          expectSame(layer.attend(tensor(padding, [B, S], 'int32')), plain.attend(both));
          expectSame(layer.attend(tensor(padding, [B, 1, 1, S], 'int32')), plain.attend(both));
        }));

      test('steps through a prepared memory as it attends to it at once', () =>
        scoped((own) => {
          const { layer, x, attend } = ready(own);
          const mask = tensor(padding, [B, S], 'int32');
          const [context, weights] = attend(mask);
          const prepared = layer.prepare({ key: x[1], value: x[2], mask });
          const steps = Array.from({ length: T }, (_, t) => {
            const query = slice(x[0], [0, t, 0], [B, 1, widths[0]]);
            const step = layer.step(query, prepared);
            const flat = layer.step(reshape(query, [B, widths[0]]), prepared);
            expect(flat.context.shape).toEqual([B, contextWidth]);
            expect(flat.weights.shape).toEqual(heads ? [B, heads, S] : [B, S]);
            expectSame(
              [flat.context, flat.weights],
              [reshape(step.context, flat.context.shape), reshape(step.weights, flat.weights.shape)],
            );
            return step;
          });
          const contexts = steps.map((step) => step.context);
          const rows = steps.map((step) => step.weights);
          expectSame([concat(contexts, 1), concat(rows, weights.rank - 2)], [context, weights], 1e-5);
        }));

      test('drops weights in training only', () =>
        scoped((own) => {
          const { layer, x, attend } = ready(own, { dropout: 0.5 });
          const plain = ready(own).attend();
          expectSame(attend(), plain);
          const [context, weights] = layer.apply(x, { training: true }) as [Tensor, Tensor];
          expectSame([weights], [plain[1]]);
          expect(Array.from(context.dataSync())).not.toEqual(Array.from(plain[0].dataSync()));
        }));

      test('names what is wrong with its inputs', () =>
        scoped((own) => {
          const { layer, x } = ready(own);
          const [query, key, value] = x;
          const fails = (inputs: Tensor[], message: string) => {
            expect(() => apply(make({}), inputs)).toThrow(message);
            expect(() => apply(layer, inputs)).toThrow(message);
          };
          fails([query, key], 'inputs must be [query, key, value, mask?, bias?]');
          fails([reshape(query, [B * T, -1]), key, value], 'query must be of rank 3');
          fails(
            [query, key, slice(value, 0, [B, S - 1, widths[2]])],
            `value must have as many slots as the key, ${S}, but has ${S - 1}`,
          );
          const message = 'mask must be of shape (B, S), (B, T, S) or (B, H, T, S), but has shape [5]';
          expect(() => apply(layer, [...x, ones([S])])).toThrow(message);
        }));
    });
  });
}

/** Flags of slots (B, S), repeated to the shape of the weights. */
function weightsOf(flags: number[], shape: number[]): number[] {
  const rows = shape.slice(1, -1).reduce((a, b) => a * b);
  return Array.from({ length: B * rows * S }, (_, i) => flags[Math.floor(i / (rows * S)) * S + (i % S)]!);
}
