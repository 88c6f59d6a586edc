import { concat, pad, scalar, slice, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
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
import type { BlockArgs } from './block.js';
import { DecoderBlock, decoderBlock } from './decoder_block.js';

const [B, T, S, D, M, H] = [2, 3, 3, 4, 2, 2];
const padding = [1, 1, 0, 0, 1, 1];
const mask = () => tensor(padding, [B, S], 'int32');
const x = () => filled([B, T, D], 1);
const memory = () => filled([B, S, M], 2);
const args: BlockArgs = { numHeads: H, hiddenDim: 3, activation: 'gelu', epsilon: 0.01 };

/** Inputs of one decoding step. */
const cached = (position: Tensor) => [
  filled([B, 1, D], 1),
  filled([B, H, S, D / H], 6),
  filled([B, H, S, D / H], 7),
  mask(),
  filled([B, H, 2, D / H], 3),
  filled([B, H, 2, D / H], 4),
  position,
];

function ready(own: <Dis extends { dispose(): unknown }>(made: Dis) => Dis, options: Partial<BlockArgs>) {
  const block = own(decoderBlock({ ...args, returnWeights: true, ...options }));
  apply(block, [x(), memory()]);
  fillWeights(block, 5);
  return block;
}

describe('DecoderBlock', () => {
  onEveryBackend(() => {
    describe('post-norm', () =>
      layerContract({ make: () => decoderBlock(args), inputs: () => [x(), memory()] }));
    describe('pre-norm, with masks and weights', () =>
      layerContract({
        make: () => decoderBlock({ ...args, norm: 'sandwich', returnWeights: true }),
        inputs: () => [x(), memory(), mask(), tensor([1, 1, 1, 1, 0, 1], [B, T], 'int32')],
      }));
    describe('with caches and weights', () =>
      layerContract({
        make: () => decoderBlock({ ...args, memoryDim: M, returnWeights: true }),
        inputs: () => cached(tensor([1, 0], [B, 1], 'int32')),
      }));

    test('puts out states and caches alone without weights', () =>
      scoped((own) => {
        const block = own(decoderBlock(args));
        const inputs = cached(scalar(1, 'int32'));
        const outputs = apply(block, inputs);
        expect(outputs.map(({ shape }) => shape)).toEqual(
          block.computeOutputShape(inputs.map(({ shape }) => shape)),
        );
        const weighing = own(decoderBlock({ ...args, returnWeights: true }));
        apply(weighing, inputs);
        weighing.setWeights(block.getWeights());
        expectSame(outputs, apply(weighing, inputs).toSpliced(1, 2), 0);
      }));

    test.each(['post', 'pre', 'sandwich'] as const)(
      'decodes step by step what it reads at once, with %s-norm',
      (norm) =>
        scoped((own) => {
          const block = ready(own, { norm });
          const [y, selfWeights, crossWeights] = apply(block, [x(), memory(), mask()]) as [
            Tensor,
            Tensor,
            Tensor,
          ];
          const [memoryKey, memoryValue] = apply(block.memoryProjection, [memory()]) as [Tensor, Tensor];
          for (const capacity of [T, T + 2]) {
            let caches = [zeros([B, H, capacity, D / H]), zeros([B, H, capacity, D / H])];
            const steps = Array.from({ length: T }, (_, t) => {
              const step = slice(x(), [0, t, 0], [B, 1, D]);
              const [output, own, cross, ...present] = apply(block, [
                step,
                memoryKey,
                memoryValue,
                mask(),
                ...caches,
                scalar(t, 'int32'),
              ]) as [Tensor, Tensor, Tensor, ...Tensor[]];
              caches = present;
              return { output, own, cross };
            });
            const all = (axis: number, of: 'output' | 'own' | 'cross') =>
              concat(
                steps.map((step) => step[of]),
                axis,
              );
            const none: [number, number] = [0, 0];
            const wide = pad(selfWeights, [none, none, none, [0, capacity - T]]);
            expectSame([all(1, 'output'), all(2, 'own'), all(2, 'cross')], [y, wide, crossWeights], 1e-5);
          }
        }),
    );

    test('goes on from a cache that has grown', () =>
      scoped((own) => {
        const block = ready(own, {});
        const caches = [filled([B, H, 2, D / H], 3), filled([B, H, 2, D / H], 4)];
        const step = (past: Tensor[]) =>
          apply(block, cached(scalar(1, 'int32')).toSpliced(4, 2, ...past))[0]!;
        const grown = caches.map((each) => concat([each, filled([B, H, 2, D / H], 6)], 2));
        expectSame([step(grown)], [step(caches)], 1e-6);
      }));

    test('does not see the future', () =>
      scoped((own) => {
        const block = ready(own, {});
        const [y, weights] = apply(block, [x(), memory()]) as [Tensor, Tensor];
        const changed = concat([slice(x(), [0, 0, 0], [B, 1, D]), filled([B, T - 1, D], 8)], 1);
        const [other] = apply(block, [changed, memory()]) as [Tensor];
        const first = (tensor: Tensor) => slice(tensor, [0, 0, 0], [B, 1, D]);
        expectSame([first(other)], [first(y)], 1e-6);
        const rows = weights.arraySync() as number[][][][];
        for (const row of rows.flat()) {
          row.forEach((slots, t) => {
            expect(slots.map((weight) => weight > 0)).toEqual(slots.map((_, s) => s <= t));
          });
        }
      }));

    test('does not see what is masked', () =>
      scoped((own) => {
        const block = ready(own, {});
        const outputs = apply(block, [x(), memory(), mask()]);
        const other = tensor(
          (memory().arraySync() as unknown as number[][][]).map((row, b) =>
            row.map((slot, s) => (padding[b * S + s] ? slot : [90, -80])),
          ),
        );
        expectSame(apply(block, [x(), other, mask()]), outputs, 1e-6);
      }));

    test('drops in training only', () =>
      scoped((own) => {
        const inputs = [x(), memory(), mask()];
        const block = ready(own, { dropout: 0.5 });
        const expected = apply(ready(own, {}), inputs);
        expectSame(apply(block, inputs), expected, 0);
        const [trained] = block.apply(inputs, { training: true }) as [Tensor];
        expect(Array.from(trained.dataSync())).not.toEqual(Array.from(expected[0]!.dataSync()));
      }));
  });

  test('is one decoding step of a model of open capacity', () =>
    scoped((own) => {
      const block = decoderBlock({ ...args, returnWeights: true });
      const cache = () => input({ shape: [H, null, D / H] });
      const symbols = [
        input({ shape: [1, D] }),
        cache(),
        cache(),
        input({ shape: [null], dtype: 'int32' }),
        cache(),
        cache(),
        input({ shape: [1], dtype: 'int32' }),
      ];
      const outputs = block.apply(symbols) as SymbolicTensor[];
      expect(outputs.map(({ shape }) => shape)).toEqual([
        [null, 1, D],
        [null, H, 1, null],
        [null, H, 1, null],
        [null, H, null, D / H],
        [null, H, null, D / H],
      ]);
      const step = own(model({ inputs: symbols, outputs }));
      const inputs = [
        filled([B, 1, D], 1),
        filled([B, H, S, D / H], 6),
        filled([B, H, S, D / H], 7),
        mask(),
        filled([B, H, 5, D / H], 3),
        filled([B, H, 5, D / H], 4),
        tensor([2, 2], [B, 1], 'int32'),
      ];
      expectSame(step.predict(inputs) as Tensor[], apply(block, inputs), 1e-6);
    }));

  test('names what is wrong', () =>
    scoped(() => {
      const fails = (inputs: Tensor[], message: string) =>
        expect(() => apply(new DecoderBlock(args), inputs)).toThrow(message);
      const lists =
        'inputs must be [x, memory, memoryMask?, selfMask?] or ' +
        '[x, memoryKey, memoryValue, memoryMask, pastKey, pastValue, position], but are ';
      fails([x()], `${lists}1`);
      fails([x(), memory(), mask(), x(), x()], `${lists}5`);
      fails([x(), zeros([B, M])], 'memory must be of rank 3 (batch, length, width), but has shape [2,2]');
      const step = cached(scalar(0, 'int32'));
      fails(step.with(0, x()), 'x must be of length 1 with caches, but has shape [2,3,4]');
      fails(
        step.with(1, memory()),
        'memoryKey must be of rank 4 (batch, heads, length, width), but has shape [2,3,2]',
      );
      expect(() => apply(decoderBlock({ ...args, memoryDim: 3 }), [x(), memory()])).toThrow(
        'memory must have the width 3, but has 2',
      );
      expect(() => decoderBlock({ ...args, memoryDim: 0 })).toThrow(
        'memoryDim must be a positive integer, but is 0',
      );
    }));
});
