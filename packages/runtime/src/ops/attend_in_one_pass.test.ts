import '@tensorflow/tfjs-layers';
import {
  greater,
  matMul,
  mul,
  reshape,
  softmax,
  sub,
  type Tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { expectClose } from '../../../../test/support/gradients.js';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { useBackend } from '../backend.node.js';
import { jit } from '../jit/index.js';
import { randomNormal, randomUniform, setSeed } from '../random/index.js';
import { type AttentionOperands, attendInOnePass, attendsInOnePass } from './attend_in_one_pass.js';

/** In parts. */
function composed({ query, keys, values, numHeads, allowed }: AttentionOperands): Tensor {
  const split = (x: Tensor) => {
    const [batch, length, width] = x.shape as [number, number, number];
    return transpose(reshape(x, [batch, length, numHeads, width / numHeads]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [query, keys, values].map(split) as [Tensor, Tensor, Tensor];
  const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3]!));
  const weights = allowed ? mul(softmax(sub(scores, mul(sub(1, allowed), 1e38))), allowed) : softmax(scores);
  return reshape(transpose(matMul(weights, v), [0, 2, 1, 3]), [...query.shape.slice(0, 2), values.shape[2]!]);
}

describe.skipIf(!inject('hasNativeBackend'))('attention in one pass', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  type Sizes = { batch: number; length: number; slots: number; numHeads: number; key: number; value: number };
  const sizes: Sizes[] = [
    { batch: 3, length: 7, slots: 7, numHeads: 2, key: 4, value: 4 },
    { batch: 2, length: 5, slots: 33, numHeads: 3, key: 7, value: 18 },
    { batch: 1, length: 1, slots: 1, numHeads: 1, key: 1, value: 1 },
    { batch: 1, length: 200, slots: 130, numHeads: 1, key: 32, value: 32 },
    { batch: 2, length: 97, slots: 500, numHeads: 4, key: 16, value: 24 },
  ];
  const masks: Record<string, (sizes: Sizes) => number[] | undefined> = {
    'no mask': () => undefined,
    'a mask of slots': ({ batch, slots }) => [batch, 1, 1, slots],
    'a mask of rows': ({ length }) => [1, 1, length, 1],
    'a mask of all': ({ batch, numHeads, length, slots }) => [batch, numHeads, length, slots],
  };
  for (const [name, shapeOf] of Object.entries(masks)) {
    it.each(sizes)(`gives what its parts give, with ${name}: %o`, (all) => {
      tidy(() => {
        if (!attendsInOnePass()) return;
        setSeed(all.slots);
        const { batch, length, slots, numHeads, key, value } = all;
        const shape = shapeOf(all);
        const operands = {
          query: randomNormal([batch, length, numHeads * key]),
          keys: randomNormal([batch, slots, numHeads * key]),
          values: randomNormal([batch, slots, numHeads * value]),
          numHeads,
          allowed: shape && greater(randomUniform(shape), 0.4).toFloat(),
        };
        const found = attendInOnePass(operands);
        expect(found.shape).toEqual([batch, length, numHeads * value]);
        expectClose(found, composed(operands).dataSync() as Float32Array, 2e-6);
        const recorded = jit(attendInOnePass);
        expect((recorded(operands) as Tensor).dataSync()).toEqual(found.dataSync());
        recorded.dispose();
      });
    });
  }

  it('says what does not belong together', () => {
    tidy(() => {
      if (!attendsInOnePass()) return;
      const [query, other] = [randomNormal([2, 3, 8]), randomNormal([2, 3, 9])];
      const attend = (change: object) =>
        attendInOnePass({ query, keys: query, values: query, numHeads: 2, ...change });
      expect(() => attend({ keys: other })).toThrow('must belong together');
      expect(() => attend({ numHeads: 3 })).toThrow('must belong together');
      expect(() => attend({ allowed: randomNormal([2, 1, 1, 4]) })).toThrow('allowed must fit the weights');
    });
  });
});
