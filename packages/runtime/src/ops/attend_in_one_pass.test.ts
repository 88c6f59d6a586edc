import '@tensorflow/tfjs-layers';
import {
  add,
  dispose,
  greater,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  type Tensor,
  tidy,
  transpose,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
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
  beforeEach(({ skip }) => skip(!attendsInOnePass(), 'there is no op for the processor'));
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

  it('gives zeros where there is nothing to attend to', () => {
    tidy(() => {
      const query = randomNormal([2, 3, 8]);
      const nothing = slice(query, [0, 0, 0], [2, 0, 8]);
      const operands = { query, keys: nothing, values: nothing, numHeads: 2 };
      const ones = [1, 2, 3].map(() => add(zerosLike(query), 1)); // whose memory the result may get
      dispose(ones);
      expect(attendInOnePass(operands).dataSync()).toEqual(new Float32Array(2 * 3 * 8));
    });
  });

  it('says what does not belong together', () => {
    tidy(() => {
      const [query, other] = [randomNormal([2, 3, 8]), randomNormal([2, 3, 9])];
      const attend = (change: object) =>
        attendInOnePass({ query, keys: query, values: query, numHeads: 2, ...change });
      expect(() => attend({ keys: other })).toThrow('must belong together');
      expect(() => attend({ numHeads: 3 })).toThrow('must belong together');
      expect(() => attend({ allowed: randomNormal([2, 1, 1, 4]) })).toThrow('allowed must fit the weights');
    });
  });
});
