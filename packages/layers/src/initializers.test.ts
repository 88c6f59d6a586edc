import { randomState, setSeed } from '@chui/runtime';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../test/support/backends.js';
import { expectSame, scoped } from '../../../test/support/layer_contract.js';
import { glorotUniform, normal, ones, orthogonalRows, withoutDrawing, zeros } from './initializers.js';

describe('initializers', () => {
  const stats = (values: Tensor) => {
    const list = Array.from(values.dataSync());
    const mean = list.reduce((sum, x) => sum + x, 0) / list.length;
    const deviation = Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / list.length);
    return { mean, deviation, largest: Math.max(...list.map(Math.abs)) };
  };

  onEveryBackend(() => {
    test('draw what the seed decides', () =>
      scoped(() => {
        for (const initializer of [glorotUniform(), normal(0.1)]) {
          setSeed(5);
          const drawn = initializer.apply([40, 30]);
          const next = initializer.apply([40, 30]);
          setSeed(5);
          expectSame([initializer.apply([40, 30])], [drawn]);
          expect(Array.from(next.dataSync())).not.toEqual(Array.from(drawn.dataSync()));
        }
      }));

    test('may be zeros that count as drawn', () =>
      scoped(() => {
        for (const initializer of [glorotUniform(), normal(0.1)]) {
          setSeed(5);
          initializer.apply([4, 3]);
          const after = randomState();
          setSeed(5);
          const blank = withoutDrawing(() => initializer.apply([4, 3]));
          expect(Array.from(blank.dataSync())).toEqual(Array(12).fill(0));
          expect(randomState()).toEqual(after);
        }
        const fail = () => {
          throw new Error('no layer');
        };
        expect(() => withoutDrawing(fail)).toThrow('no layer');
        expect(stats(normal(0.1).apply([4, 3])).deviation).toBeGreaterThan(0);
      }));

    test('have the moments of their distributions', () =>
      scoped(() => {
        setSeed(6);
        const limit = Math.sqrt(6 / 100);
        const even = stats(glorotUniform().apply([60, 40]));
        expect(even.largest).toBeLessThanOrEqual(limit);
        expect(even.largest).toBeGreaterThan(0.99 * limit);
        expect(even.deviation / (limit / Math.sqrt(3))).toBeCloseTo(1, 1);
        expect(stats(glorotUniform(120).apply([2, 3, 20, 40])).largest / Math.sqrt(6 / 160)).toBeCloseTo(
          1,
          2,
        );
        const bell = stats(normal(0.02).apply([60, 40]));
        expect(bell.deviation / 0.02).toBeCloseTo(1, 1);
        expect(Math.abs(bell.mean)).toBeLessThan(0.002);
        expect(stats(zeros().apply([3]))).toEqual({ mean: 0, deviation: 0, largest: 0 });
        expect(stats(ones().apply([3]))).toEqual({ mean: 1, deviation: 0, largest: 1 });
      }));

    test('make rows that are normal, and orthogonal in groups', () =>
      scoped(() => {
        setSeed(7);
        const drawn = orthogonalRows().apply([72, 32]);
        expect(stats(drawn).deviation).toBeCloseTo(1, 1);
        const rows = drawn.arraySync() as number[][];
        const product = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
        for (const [i, row] of rows.entries()) {
          for (const [j, other] of rows.slice(0, i).entries()) {
            const cosine = product(row, other) / Math.sqrt(product(row, row) * product(other, other));
            if (Math.floor(i / 32) === Math.floor(j / 32)) expect(Math.abs(cosine)).toBeLessThan(1e-5);
          }
        }
      }));
  });
});
