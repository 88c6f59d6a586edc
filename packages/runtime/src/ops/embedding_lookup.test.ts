import { grad, grads, mul, sum, type Tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { checkGradients, expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { checkIds, embeddingLookup } from './embedding_lookup.js';

describe('embeddingLookup', () => {
  onEveryBackend(() => {
    it('takes rows for ids of any rank', () => {
      tidy(() => {
        const table = filled([5, 3], 1);
        const rows = table.arraySync() as number[][];
        const ids = tensor2d(
          [
            [0, 4],
            [4, 2],
          ],
          undefined,
          'int32',
        );
        const vectors = embeddingLookup(table, ids);
        expect(vectors.shape).toEqual([2, 2, 3]);
        expectClose(vectors, [rows[0]!, rows[4]!, rows[4]!, rows[2]!].flat(), 0);
        expect(embeddingLookup(table, tensor1d([], 'int32')).shape).toEqual([0, 3]);
      });
    });

    it('adds up the gradients of rows that are used again', () => {
      tidy(() => {
        const ids = tensor2d(
          [
            [0, 4, 4],
            [2, 4, 0],
          ],
          undefined,
          'int32',
        );
        checkGradients((table) => embeddingLookup(table!, ids), [filled([5, 3], 1)]);
        checkGradients(
          (table) => mul(embeddingLookup(table!, ids), embeddingLookup(table!, ids)),
          [filled([5, 3], 1)],
        );
      });
    });

    it('has a second derivative', () => {
      tidy(() => {
        const ids = tensor1d([1, 1, 0], 'int32');
        const cubes = (table: Tensor) => {
          const rows = embeddingLookup(table, ids);
          return sum(mul(rows, mul(rows, rows)));
        };
        const table = filled([3, 2], 1);
        const [a, b, c, d] = table.dataSync() as unknown as [number, number, number, number];
        expectClose(grad(grad(cubes))(table), [6 * a, 6 * b, 12 * c, 12 * d, 0, 0]);
      });
    });

    it('frees what it makes under a gradient', () => {
      const table = filled([5, 3], 1);
      const ids = tensor1d([1, 2, 2], 'int32');
      const [gradient] = grads((table: Tensor) => sum(embeddingLookup(table, ids)))([table]);
      for (const each of [table, ids, gradient!]) each.dispose();
    });

    it('names what does not fit', () => {
      tidy(() => {
        expect(() => embeddingLookup(filled([5, 3], 1), tensor1d([5], 'int32'))).toThrow(/5/);
        expect(() => embeddingLookup(filled([5, 3], 1), tensor1d([1]))).toThrow(
          'ids must be int32, but are float32',
        );
        expect(() => embeddingLookup(filled([5], 1), tensor1d([1], 'int32'))).toThrow(
          'table must be of rank 2',
        );
      });
    });
  });
});

describe('checkIds', () => {
  it('takes lists, nested lists and typed arrays', () => {
    checkIds([[0, 1], [4]], 5);
    checkIds(Int32Array.of(0, 4), 5);
    checkIds([], 5);
  });

  it('names the argument, the rule and the id', () => {
    const rule = 'inputIds must be integers from 0 to 4, but one is';
    expect(() => checkIds([[0], [5]], 5, 'inputIds')).toThrow(`${rule} 5`);
    expect(() => checkIds([-1], 5, 'inputIds')).toThrow(`${rule} -1`);
    expect(() => checkIds([0.5], 5, 'inputIds')).toThrow(`${rule} 0.5`);
    expect(() => checkIds([Number.NaN], 5, 'inputIds')).toThrow(`${rule} NaN`);
  });
});
