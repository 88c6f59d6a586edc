import { availableParallelism } from 'node:os';
import '@tensorflow/tfjs-layers';
import {
  abs,
  add,
  engine,
  grads,
  matMul,
  max,
  slice,
  sub,
  type Tensor,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../../test/support/memory.js';
import { useBackend } from '../../backend.node.js';
import { jit } from '../../jit/index.js';
import { nativeBinding } from '../../native/binding.js';
import { linear } from '../../ops/linear.js';
import { randomNormal, setSeed } from '../../random/index.js';
import type { NativeBackend } from './native_kernel.js';

describe.skipIf(!inject('hasNativeBackend'))('products of matrices', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const nativeBackend = () => engine().backend as unknown as NativeBackend;

  /** Names of the products that a function runs. */
  function productsOf(fn: () => void): string[] {
    const execute = vi.spyOn(nativeBackend(), 'executeSingleOutput');
    fn();
    return execute.mock.calls.map(([name]) => name).filter((name) => /MatMul|Linear/.test(name));
  }

  /** The addon's name of an op where it has that, else TensorFlow's. */
  const nameOf = (own: string) => (nativeBinding()!.chui!.multipliesMatrices ? own : 'BatchMatMulV2');

  /** The furthest that a product is from the sum over k of a · b in double precision, in units of √k. */
  function error(found: Tensor, a: Tensor, b: Tensor, transposeA = false, transposeB = false): number {
    const [m, n] = found.shape.slice(-2) as [number, number];
    const k = a.shape.at(transposeA ? -2 : -1)!;
    const [ofFound, ofA, ofB] = [found, a, b].map((tensor) => tensor.dataSync());
    const [stepOfRow, stepInRow] = transposeA ? [1, m] : [k, 1];
    const [stepOfColumn, stepInColumn] = transposeB ? [k, 1] : [1, n];
    const sums = new Float64Array(n);
    let furthest = 0;
    for (let row = 0; row < found.size / n; row++) {
      const matrix = Math.floor(row / m);
      sums.fill(0);
      for (let p = 0; p < k; p++) {
        const value = ofA![matrix * m * k + (row % m) * stepOfRow + p * stepInRow]!;
        const start = matrix * k * n + p * stepInColumn;
        for (let column = 0; column < n; column++)
          sums[column]! += value * ofB![start + column * stepOfColumn]!;
      }
      for (let column = 0; column < n; column++) {
        furthest = Math.max(furthest, Math.abs(sums[column]! - ofFound![row * n + column]!));
      }
    }
    return furthest / Math.sqrt(k || 1);
  }

  const distance = (a: Tensor, b: Tensor) => max(abs(sub(a, b))).dataSync()[0]!;

  /** A matrix for each of so many threads that each has several. */
  const many = 4 * availableParallelism() + 1;
  const turns = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
  // Tiles have 6 rows and 16 columns, or 8 and 48, blocks 96 or 128 rows and a depth of 384; 3,072 columns and 2^20 numbers
  // are copied at once. A few rows, up to 24 or 32, have halves of 128 or more, and strips of 384 columns.
  const sizes = [
    [1, 128, 32, 128],
    [1, 35, 1, 31],
    [1, 4, 385, 1030],
    [1, 9, 650, 3100],
    [1, 1024, 3, 4],
    [1, 200, 3000, 400],
    [1, 16, 384, 1536],
    [1, 13, 1536, 400],
    [1, 5, 1003, 397],
    [1, 31, 777, 1029],
    [1, 1, 3000, 17],
    [1, 3, 770, 50],
    [2, 24, 40, 3200],
    [many, 8, 300, 391],
    [many, 7, 50, 160],
    [3, 97, 7, 161],
    [2, 6, 1000, 171],
    [many, 128, 32, 128],
    [many, 35, 650, 41],
    [many, 97, 400, 17],
  ] as const;

  for (const [turnsA, turnsB] of turns) {
    const name = `${turnsA ? 'Aᵀ' : 'A'} · ${turnsB ? 'Bᵀ' : 'B'}`;
    it.each(sizes)(`are sums of products, ${name}: %i of %i · %i · %i`, (count, m, k, n) => {
      tidy(() => {
        setSeed(m);
        const a = randomNormal(turnsA ? [count, k, m] : [count, m, k]) as Tensor3D;
        const b = randomNormal(turnsB ? [count, n, k] : [count, k, n]) as Tensor3D;
        let found: Tensor;
        const products = productsOf(() => {
          found = matMul(a, b, turnsA, turnsB);
        });
        expect(products).toEqual([nameOf(`ChuiMatMul${turnsA ? 'T' : 'N'}${turnsB ? 'T' : 'N'}`)]);
        expect(found!.shape).toEqual([count, m, n]);
        expect(error(found!, a, b, turnsA, turnsB)).toBeLessThan(4e-6);
        const recorded = jit(() => matMul(a, b, turnsA, turnsB));
        expect(distance(recorded() as Tensor, found!)).toBe(0);
        recorded.dispose();
      });
    });
  }

  it.each([
    [300, 40, 50],
    [64, 400, 3200],
    [5, 3, 700],
    [1, 3000, 17],
    [1, 700, 391],
    [16, 384, 1536],
    [50, 0, 40],
  ])('of a linear layer have its bias: %i · %i · %i', (m, k, n) => {
    tidy(() => {
      setSeed(n);
      const x = slice(randomNormal([m, k + 1]), [0, 0], [m, k]);
      const kernel = slice(randomNormal([k + 1, n]), [0, 0], [k, n]);
      const bias = randomNormal([n]);
      let found: Tensor;
      const products = productsOf(() => {
        found = linear(x, kernel, bias);
      });
      expect(products).toEqual([nameOf('ChuiLinear')]);
      expect(found!.shape).toEqual([m, n]);
      expect(error(sub(found!, bias), x, kernel)).toBeLessThan(4e-6);
    });
  });

  it('have gradients by products of the addon', () => {
    tidy(() => {
      const [a, b, bias] = [randomNormal([40, 48]), randomNormal([48, 56]), randomNormal([56])];
      expect(productsOf(() => grads(linear)([a, b, bias]))).toEqual(
        ['ChuiLinear', 'ChuiMatMulNT', 'ChuiMatMulTN'].map(nameOf),
      );
    });
  });

  it.each([
    ['small matrices', [many, 20, 24], [many, 24, 20]],
    ['one row of few numbers', [1, 20], [20, 40]],
    ['one column', [2000, 300], [300, 1]],
    ['one matrix for all', [many, 40, 40], [1, 40, 40]],
  ])('are left to TensorFlow for %s', (_, first, second) => {
    tidy(() => {
      const [a, b] = [randomNormal(first), randomNormal(second)];
      expect(productsOf(() => matMul(a, b))).toEqual(['BatchMatMulV2']);
    });
  });

  it.each([1, many])('of nothing are zeros: %i', (count) => {
    tidy(() => {
      const [a, b] = [randomNormal([count, 40, 1]), randomNormal([count, 1, 40])];
      const ones = add(randomNormal([count, 40, 40], 0, 0), 1); // whose memory the result may get
      ones.dispose();
      const nothing = matMul(slice(a, [0, 0, 0], [count, 40, 0]), slice(b, [0, 0, 0], [count, 0, 40]));
      expect(nothing.dataSync()).toEqual(new Float32Array(count * 40 * 40));
    });
  });
});
