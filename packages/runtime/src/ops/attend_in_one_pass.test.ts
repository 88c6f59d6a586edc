import '@tensorflow/tfjs-layers';
import {
  add,
  dispose,
  engine,
  greater,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
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
import { dropout } from './dropout.js';

/** In parts. */
function composed({
  query,
  keys,
  values,
  numHeads,
  allowed: given,
  causal,
  dropout: rate = 0,
}: AttentionOperands): Tensor {
  const split = (x: Tensor) => {
    const [batch, length, width] = x.shape as [number, number, number];
    return transpose(reshape(x, [batch, length, numHeads, width / numHeads]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [query, keys, values].map(split) as [Tensor, Tensor, Tensor];
  const scores = mul(matMul(q, k, false, true), 1 / Math.sqrt(q.shape[3]!));
  const [length, slots] = scores.shape.slice(2) as [number, number];
  const past = Array.from({ length: length * slots }, (_, i) =>
    Number(!causal || i % slots <= Math.floor(i / slots)),
  );
  const allowed = mul(given ?? 1, tensor(past, [1, 1, length, slots]));
  const normal = mul(softmax(sub(scores, mul(sub(1, allowed), 1e38))), allowed);
  const weights = dropout(normal, rate, { training: true });
  return reshape(transpose(matMul(weights, v), [0, 2, 1, 3]), [...query.shape.slice(0, 2), values.shape[2]!]);
}

/** Σ probe · attend(operands), and its gradients for points of the operands. */
const valueAndGrads =
  (attend: typeof composed) => (operands: AttentionOperands, points: Tensor[], probe: Tensor) =>
    engine().gradients(() => sum(mul(attend(operands), probe)).asScalar(), points);

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
  const cases = Object.entries(masks).flatMap(([name, shapeOf]) => [
    { name, shapeOf, causal: false, dropout: 0 },
    { name: `${name}, causal`, shapeOf, causal: true, dropout: 0 },
    { name: `${name}, causal, with dropout`, shapeOf, causal: true, dropout: 0.3 },
  ]);
  for (const { name, shapeOf, ...options } of cases) {
    it.each(sizes)(`gives what its parts give, and their gradients, with ${name}: %o`, (all) => {
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
          ...options,
        };
        const probe = randomNormal([batch, length, numHeads * value]);
        /** The context, and the gradients of Σ probe · context. */
        const outcome = (attend: typeof composed) => () => {
          setSeed(7);
          const { query, keys, values } = operands;
          const { value: loss, grads } = valueAndGrads(attend)(operands, [query, keys, values], probe);
          setSeed(7);
          return [attend(operands), loss, ...grads];
        };
        const expected = outcome(composed)();
        const found = outcome(attendInOnePass)();
        expect(found[0]!.shape).toEqual([batch, length, numHeads * value]);
        for (const [i, each] of found.entries()) {
          expectClose(each, expected[i]!.dataSync() as Float32Array, 5e-6);
        }
        const recorded = jit(attendInOnePass);
        setSeed(7);
        expect((recorded(operands) as Tensor).dataSync()).toEqual(found[0]!.dataSync());
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
