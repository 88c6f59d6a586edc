import { slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
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
import { learnedPositions2D } from './learned_positions_2d.js';
import type { Positions2D, Positions2DArgs } from './positions_2d.js';
import { sinusoidalPositions2D } from './sinusoidal_positions_2d.js';

const layers: [string, (args: Positions2DArgs) => Positions2D][] = [
  ['LearnedPositions2D', learnedPositions2D],
  ['SinusoidalPositions2D', (args) => sinusoidalPositions2D({ layout: 'half', ...args })],
];

describe.each(layers)('%s', (_, make) => {
  onEveryBackend(() => {
    describe('as a layer', () =>
      layerContract({
        make: () => make({ maxRows: 2, maxColumns: 4 }),
        inputs: () => [filled([2, 2, 3, 4], 1)],
      }));

    test('adds what follows from the row and what follows from the column', () =>
      scoped((own) => {
        const layer = own(make({ maxRows: 5 }));
        const x = zeros([1, 3, 4, 8]);
        apply(layer, [x]);
        fillWeights(layer, 2);
        const [added] = apply(layer, [x]) as [Tensor];
        const at = (row: number, column: number) => slice(added, [0, row, column, 0], [1, 1, 1, 8]);
        // Of a sum of rows and columns: (2, 3) = (2, 0) + (0, 3) − (0, 0).
        expectSame([at(2, 3)], [at(2, 0).add(at(0, 3)).sub(at(0, 0))], 1e-6);
        for (const other of [at(2, 0), at(0, 2)]) {
          expect(other.sub(at(0, 0)).abs().max().dataSync()[0]).toBeGreaterThan(0.1);
        }
      }));
  });

  test('names what is wrong', () =>
    scoped(() => {
      const refused = (shape: number[], message: string) =>
        expect(() => make({ maxRows: 2, maxColumns: 4 }).apply(zeros(shape))).toThrow(message);
      refused([1, 3, 4, 4], 'rows must not exceed maxRows 2, but is 3');
      refused([1, 2, 5, 4], 'columns must not exceed maxColumns 4, but is 5');
      refused([1, 8, 4], 'x must be of rank 4 (batch, rows, columns, width), but has shape [1,8,4]');
      expect(() => make({ maxRows: 0 })).toThrow('maxRows must be a positive integer, but is 0');
      expect(() => make({ maxRows: 1, maxColumns: 0.5 })).toThrow('maxColumns must be a positive integer');
    }));
});

test('SinusoidalPositions2D halves the width twice', () =>
  scoped(() => {
    expect(() => sinusoidalPositions2D().apply(zeros([1, 2, 2, 6]))).toThrow(
      'width must be a multiple of 4, but is 6',
    );
  }));
