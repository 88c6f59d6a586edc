import { concat, scalar, slice, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { apply, expectSame, layerContract, scoped } from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { learnedPositions } from './learned_positions.js';
import type { Positions } from './positions.js';
import { sinusoidalPositions } from './sinusoidal_positions.js';
import { sinusoidalTable } from './sinusoidal_table.js';

const layers: [string, (maxLength: number, offset?: number) => Positions][] = [
  ['LearnedPositions', (maxLength, offset) => learnedPositions({ maxLength, offset })],
  ['SinusoidalPositions', (maxLength, offset) => sinusoidalPositions({ maxLength, offset, layout: 'half' })],
];

describe.each(layers)('%s', (_, make) => {
  onEveryBackend(() => {
    describe('from the first position on', () =>
      layerContract({ make: () => make(7), inputs: () => [filled([2, 3, 4], 1)] }));
    describe('from a given position on', () =>
      layerContract({
        make: () => make(7, 2),
        inputs: () => [filled([2, 3, 4], 1), tensor([1, 4], [2, 1], 'int32')],
      }));

    test('adds the same rows step by step', () =>
      scoped((own) => {
        const layer = own(make(7));
        const x = filled([2, 5, 4], 2);
        const [whole] = apply(layer, [x]) as [Tensor];
        for (const shape of [[], [1], [1, 1], [2], [2, 1]]) {
          const steps = Array.from({ length: 5 }, (_, t) => {
            const position = tensor(new Array(shape[0] ?? 1).fill(t), shape, 'int32');
            return apply(layer, [slice(x, [0, t, 0], [2, 1, 4]), position])[0]!;
          });
          expectSame([concat(steps, 1)], [whole]);
        }
      }));

    test('begins each sequence at its own position', () =>
      scoped((own) => {
        const layer = own(make(7));
        const rows = apply(layer, [zeros([1, 7, 4])])[0]!;
        const [both] = apply(layer, [zeros([2, 3, 4]), tensor([4, 1], [2], 'int32')]) as [Tensor];
        const parts = [4, 1].map((position) => slice(rows, [0, position, 0], [1, 3, 4]));
        expectSame([both], [concat(parts, 0)]);
      }));

    test('begins its table at an offset', () =>
      scoped((own) => {
        const [plain, layer] = [own(make(7)), own(make(5, 2))];
        const rows = slice(apply(plain, [zeros([1, 7, 4])])[0]!, [0, 2, 0], [1, 5, 4]);
        const x = zeros([1, 5, 4]);
        apply(layer, [x]);
        layer.setWeights(plain.getWeights());
        expectSame(apply(layer, [x]), [rows]);
        expectSame(apply(layer, [x, scalar(0, 'int32')]), [rows]);
      }));

    test('refuses what is longer than its table, and other ranks', () => {
      const [long, flat] = [zeros([1, 8, 4]), zeros([3, 4])];
      expect(() => apply(make(7), [long])).toThrow('length must not exceed maxLength 7, but is 8');
      expect(() => apply(make(7), [flat])).toThrow(
        'x must be of rank 3 (batch, length, width), but has shape [3,4]',
      );
      long.dispose();
      flat.dispose();
    });
  });

  test('takes only a positive maxLength, and no offset below zero', () => {
    expect(() => make(0)).toThrow('maxLength must be a positive integer, but is 0');
    expect(() => make(1, -1)).toThrow('offset must be an integer of at least 0, but is -1');
  });
});

describe('sinusoidalTable', () => {
  test('is exact far from the beginning', () => {
    const [length, width] = [1000, 64];
    const table = sinusoidalTable(length, width, 'interleaved');
    for (const [position, i] of [
      [999, 0],
      [999, 31],
      [517, 7],
    ] as const) {
      const angle = position / 10000 ** ((2 * i) / width);
      expect(table[position * width + 2 * i]).toBe(Math.fround(Math.sin(angle)));
      expect(table[position * width + 2 * i + 1]).toBe(Math.fround(Math.cos(angle)));
    }
  });

  test('has one order of columns for each layout', () => {
    const row = (layout: 'interleaved' | 'half' | 'tensor2tensor') => sinusoidalTable(2, 4, layout).slice(4);
    const [s, c] = [Math.sin, Math.cos];
    expectClose(row('interleaved'), [s(1), c(1), s(0.01), c(0.01)], 1e-7);
    expectClose(row('half'), [s(1), s(0.01), c(1), c(0.01)], 1e-7);
    expectClose(row('tensor2tensor'), [s(1), s(0.0001), c(1), c(0.0001)], 1e-7);
    expect(sinusoidalTable(1, 2, 'tensor2tensor')).toEqual(Float32Array.of(0, 1));
  });

  test('needs an even width', () => {
    expect(() => sinusoidalTable(2, 3, 'half')).toThrow('width must be even, but is 3');
  });
});

test('SinusoidalPositions takes only a layout that there is', () => {
  expect(() => sinusoidalPositions({ layout: 'other' as 'half' })).toThrow(
    'layout must be one of interleaved, half, tensor2tensor, but is other',
  );
});
