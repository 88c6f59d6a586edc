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

const MiB = 2 ** 20;

/** What the process has in memory when JavaScript's garbage is gone. */
function residentMiB(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage.rss() / MiB;
}

describe.skipIf(!inject('hasNativeBackend'))('memory of jit', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  it('is the same after 10,000 steps as after 1,000', () => {
    const weight = tidy(() => variable(randomNormal([32, 32])));
    const optimizer = adamW({ learningRate: 1e-3, clipNorm: 1 });
    const step = jit(
      (x: Tensor2D) => optimizer.minimize(() => sum(square(gelu(matMul(x, weight)))) as Scalar, true)!,
    );
    const take = (steps: number) => {
      for (let i = 0; i < steps; i++) tidy(() => void step(randomNormal([32, 32]) as Tensor2D));
      return { tensors: memory().numTensors, resident: residentMiB() };
    };
    const early = take(1_000);
    const late = take(9_000);
    expect(late.tensors).toBe(early.tensors);
    expect(late.resident - early.resident).toBeLessThan(8);
    for (const each of [step, optimizer, weight]) each.dispose();
  });

  it('is bounded for 1,000 shapes', () => {
    const fn = jit((x: Tensor2D) => sum(square(gelu(mul(x, 2)))), { maxRecordings: 32 });
    const take = (from: number, to: number) => {
      for (let width = from; width < to; width++) tidy(() => void fn(ones([64, width]) as Tensor2D));
      return residentMiB();
    };
    const early = take(1, 300);
    const late = take(300, 1001);
    expect(fn.stats()).toMatchObject({ recordings: 32, misses: 1000, hits: 0 });
    expect(late - early).toBeLessThan(8);
    fn.dispose();
  });
});
