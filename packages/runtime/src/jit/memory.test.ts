import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '@tensorflow/tfjs-layers';
import {
  matMul,
  memory,
  mul,
  ones,
  type Scalar,
  square,
  sum,
  type Tensor2D,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { useBackend } from '../backend.node.js';
import { gelu } from '../ops/index.js';
import { adamW } from '../optimizers/index.js';
import { randomNormal } from '../random/index.js';
import { jit } from './jit.js';

const collectGarbage = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/**
 * Takes so many turns ten times. How much more memory the process has, in MiB, after the last of them than halfway, when
 * JavaScript's heap is as large as it needs.
 */
function growth(turns: number, take: (turn: number) => void): number {
  const resident = Array.from({ length: 10 }, (_, round) => {
    for (let turn = 0; turn < turns; turn++) tidy(() => take(round * turns + turn));
    collectGarbage();
    return process.memoryUsage.rss() / 2 ** 20;
  });
  // Other work of the process adds to some.
  return Math.min(...resident.slice(-3)) - Math.min(...resident.slice(4, 7));
}

describe.skipIf(!inject('hasNativeBackend'))('memory of jit', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  it('is the same after 10,000 steps as after some', () => {
    const weight = tidy(() => variable(randomNormal([32, 32])));
    const optimizer = adamW({ learningRate: 1e-3, clipNorm: 1 });
    const step = jit(
      (x: Tensor2D) => optimizer.minimize(() => sum(square(gelu(matMul(x, weight)))) as Scalar, true)!,
    );
    const take = () => void step(randomNormal([32, 32]) as Tensor2D);
    tidy(take);
    const { numTensors } = memory();
    const grown = growth(1000, take);
    expect([memory().numTensors, step.stats().hits]).toEqual([numTensors, 10_000]);
    expect(grown).toBeLessThan(3);
    for (const each of [step, optimizer, weight]) each.dispose();
  });

  it('is bounded for 1,000 shapes', () => {
    const fn = jit((x: Tensor2D) => sum(square(gelu(mul(x, 2)))), { maxRecordings: 32 });
    const grown = growth(
      100,
      (turn) => void fn(ones([1 + (turn % 40), 1 + Math.floor(turn / 40)]) as Tensor2D),
    );
    expect(fn.stats()).toMatchObject({ recordings: 32, misses: 1000, hits: 0 });
    expect(grown).toBeLessThan(3);
    fn.dispose();
  });
});
