import { availableParallelism } from 'node:os';
import '@tensorflow/tfjs-layers';
import {
  abs,
  engine,
  grads,
  matMul,
  max,
  slice,
  stack,
  sub,
  type Tensor,
  type Tensor3D,
  tidy,
  unstack,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../../test/support/memory.js';
import { useBackend } from '../../backend.node.js';
import { jit } from '../../jit/index.js';
import { nativeBinding } from '../../native/binding.js';
import { randomNormal, setSeed } from '../../random/index.js';
import type { NativeBackend } from './native_kernel.js';

describe.skipIf(!inject('hasNativeBackend'))('products of many matrices', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Names of the ops that a function runs. */
  function opsOf(fn: () => void): unknown[] {
    const execute = vi.spyOn(engine().backend as unknown as NativeBackend, 'executeSingleOutput');
    fn();
    return execute.mock.calls.map(([name]) => name);
  }

  const distance = (a: Tensor, b: Tensor) => max(abs(sub(a, b))).dataSync()[0]!;

  const turns = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
  /** One more than there are threads. */
  const matrices = availableParallelism() + 1;
  // Tiles have 6 rows and 16 columns, blocks 96 rows, 160 columns and a depth of 320.
  const sizes = [
    [128, 32, 128],
    [33, 1, 31],
    [97, 7, 161],
    [6, 321, 171],
    [1, 5, 1030],
    [1024, 3, 1],
    [35, 650, 41],
  ] as const;

  for (const [a, b] of turns) {
    it.each(sizes)(
      `are those of TensorFlow, ${a ? 'Aᵀ' : 'A'} · ${b ? 'Bᵀ' : 'B'}, of %i · %i · %i`,
      (m, k, n) => {
        tidy(() => {
          setSeed(m);
          const first = randomNormal(a ? [matrices, k, m] : [matrices, m, k]) as Tensor3D;
          const second = randomNormal(b ? [matrices, n, k] : [matrices, k, n]) as Tensor3D;
          const alone = unstack(second);
          const expected = stack(unstack(first).map((each, index) => matMul(each, alone[index]!, a, b)));
          const found = matMul(first, second, a, b);
          expect(found.shape).toEqual([matrices, m, n]);
          expect(distance(found, expected) / Math.sqrt(k)).toBeLessThan(4e-6);
          const recorded = jit(() => matMul(first, second, a, b));
          expect(distance(recorded() as Tensor3D, found)).toBe(0);
          recorded.dispose();
        });
      },
    );
  }

  it('are those of the addon where it has them, and their gradients', () => {
    tidy(() => {
      const [a, b] = [randomNormal([matrices, 40, 48]), randomNormal([matrices, 48, 56])];
      const ops = opsOf(() => grads((a, b) => matMul(a as Tensor3D, b as Tensor3D))([a, b]));
      const own = ['ChuiMatMulNN', 'ChuiMatMulNT', 'ChuiMatMulTN'];
      const products = ops.filter((name) => /MatMul/.test(String(name)));
      expect(products).toEqual(
        nativeBinding()!.chui!.multipliesMatrices ? own : own.map(() => 'BatchMatMulV2'),
      );
    });
  });

  it.each([
    ['a matrix', [200, 200], [200, 200]],
    ['small matrices', [matrices, 20, 24], [matrices, 24, 20]],
    ['one matrix for all', [matrices, 40, 40], [1, 40, 40]],
  ])('are left to TensorFlow for %s', (_, first, second) => {
    tidy(() => {
      const [a, b] = [randomNormal(first), randomNormal(second)];
      expect(opsOf(() => matMul(a, b))).toEqual(['BatchMatMulV2']);
    });
  });

  it('of nothing are zeros', () => {
    tidy(() => {
      const [a, b] = [randomNormal([matrices, 40, 1]), randomNormal([matrices, 1, 40])];
      const nothing = matMul(slice(a, [0, 0, 0], [matrices, 40, 0]), slice(b, [0, 0, 0], [matrices, 0, 40]));
      expect(nothing.shape).toEqual([matrices, 40, 40]);
      expect(distance(nothing, zerosLike(nothing))).toBe(0);
    });
  });
});
