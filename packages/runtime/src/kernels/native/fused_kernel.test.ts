import '@tensorflow/tfjs-layers';
import { div, grads, mul, softmax, type Tensor, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { expectClose } from '../../../../../test/support/gradients.js';
import { leavesMemoryAsItWas } from '../../../../../test/support/memory.js';
import { useBackend } from '../../backend.node.js';
import { jit } from '../../jit/index.js';
import { dropout, gelu, layerNorm } from '../../ops/index.js';
import { randomNormal, setSeed } from '../../random/index.js';
import { dropoutMask } from '../../random/random.js';

// XLA does not know the addon's ops, so that a function that it compiles is made of TensorFlow's.
describe.skipIf(!inject('hasNativeBackend'))('ops of the addon', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  type Fn = (...inputs: Tensor[]) => Tensor;
  const cases: Record<string, [Fn, number[][]]> = {
    gelu: [(x) => gelu(x!), [[3, 1001]]],
    'gelu of much': [(x) => gelu(x!), [[300, 257]]],
    'gelu by tanh': [(x) => gelu(x!, { approximate: 'tanh' }), [[200, 333]]],
    'a norm': [(x, gamma, beta) => layerNorm(x!, gamma!, beta!), [[3, 5, 384], [384], [384]]],
    'a norm of much': [(x, gamma, beta) => layerNorm(x!, gamma!, beta!), [[1000, 67], [67], [67]]],
    'a norm of few': [(x, gamma, beta) => layerNorm(x!, gamma!, beta!, 1e-3), [[7, 3], [3], [3]]],
    softmax: [(x) => softmax(x!), [[3, 5, 37]]],
    'softmax of much': [(x) => softmax(x!), [[700, 128]]],
    'softmax of few': [(x) => softmax(x!), [[50, 3]]],
  };
  for (const [name, [fn, shapes]] of Object.entries(cases)) {
    it(`give what TensorFlow's give: ${name}`, () => {
      tidy(() => {
        setSeed(2);
        const inputs = [...shapes, shapes[0]!].map((shape) => randomNormal(shape, 0.3, 2));
        const dy = inputs.pop()!;
        const results = (...args: Tensor[]) => {
          const value = fn(...args);
          return [value, ...grads((...moved: Tensor[]) => mul(fn(...moved), dy))(args)];
        };
        const composed = jit(results, { xla: true });
        const found = results(...inputs);
        const expected = composed(...inputs) as Tensor[];
        expect(found.length).toBe(1 + inputs.length);
        for (const [index, each] of found.entries()) {
          expect(each.shape).toEqual(expected[index]!.shape);
          const wanted = expected[index]!.dataSync() as Float32Array;
          const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          expectClose(
            div(each, largest),
            wanted.map((value) => value / largest),
            1e-6,
          );
        }
        composed.dispose();
      });
    });
  }

  it.each([1, 63, 64, 65, 1_000_003])('drop as by the mask, of %i numbers', (size) => {
    tidy(() => {
      const x = randomNormal([size]);
      for (const seed of [1, 2 ** 31 - 1]) {
        setSeed(seed);
        const found = dropout(x, 0.1, { training: true }).dataSync();
        setSeed(seed);
        expect(found).toEqual(mul(x, dropoutMask([size], 0.1)).dataSync());
      }
    });
  });

  it('have a softmax of what is infinite, far apart or no number', () => {
    tidy(() => {
      const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
      const rows = tensor2d([
        [1, -inf, 1, -1e38],
        [3e38, -3e38, 3e38, 0],
        [-90, 0, -1000, -88.5],
        [inf, 1, 2, 3],
        [-inf, -inf, -inf, -inf],
        [nan, 1, 2, 3],
        [1, 2, 3, nan],
      ]);
      const unknown = [nan, nan, nan, nan];
      expect(softmax(rows).arraySync()).toEqual([
        [0.5, 0, 0.5, 0],
        [0.5, 0, 0.5, 0],
        [0, 1, 0, 0],
        ...[unknown, unknown, unknown, unknown],
      ]);
      expect(softmax(zeros([0, 3])).shape).toEqual([0, 3]);
    });
  });

  it('take numbers that are large', () => {
    tidy(() => {
      const x = mul(randomNormal([64]), 1e4);
      for (const approximate of ['none', 'tanh'] as const) {
        const expected = [...x.dataSync()].map((value) => Math.max(value, 0));
        expectClose(gelu(x, { approximate }), expected, 1e-6);
      }
    });
  });
});
