import { setSeed } from '@chui/runtime';
import {
  grads,
  matMul,
  mul,
  reshape,
  sum,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { filled } from '../../../../test/support/values.js';
import { tokenEmbedding } from './token_embedding.js';

describe('TokenEmbedding', () => {
  const args = { vocabSize: 5, dim: 3 };
  const ids = () => tensor([3, 0, 4, 3, 3, 1], [2, 3], 'int32');

  onEveryBackend(() => {
    describe('of ids', () =>
      layerContract({ make: () => tokenEmbedding({ ...args, scale: 1.5 }), inputs: () => [ids()] }));
    describe('of states', () =>
      layerContract({
        make: () => tokenEmbedding({ ...args, scale: 1.5 }),
        inputs: () => [filled([2, 4, 3], 1)],
      }));

    test('reads one table both ways', () =>
      scoped((own) => {
        const layer = own(tokenEmbedding({ ...args, scale: 2 }));
        apply(layer, [ids()]);
        fillWeights(layer, 2);
        const table = layer.getWeights()[0]!;
        const rows = table.arraySync() as number[][];
        const found = [3, 0, 4, 3, 3, 1].map((id) => rows[id]!.map((x) => 2 * x));
        expectSame(apply(layer, [ids()]), [tensor(found.flat(), [2, 3, 3])]);
        const states = filled([1, 4, 3], 3);
        const logits = matMul(reshape(states, [4, 3]), table, false, true);
        expectSame(apply(layer, [states]), [reshape(logits, [1, 4, 5])]);
      }));

    test('learns nothing from looking up its padding', () =>
      scoped((own) => {
        const probe = filled([2, 3, 3], 5);
        const gradientOf = (padTokenId?: number) => {
          const layer = own(tokenEmbedding({ ...args, padTokenId }));
          apply(layer, [ids()]);
          fillWeights(layer, 4);
          const outputs = apply(layer, [ids()]);
          const table = layer.trainableWeights[0]!.read() as Variable;
          const [gradient] = grads(() => sum(mul(apply(layer, [ids()])[0]!, probe)))([table]);
          return { outputs, gradient: gradient!.arraySync() as number[][] };
        };
        const [plain, padded] = [gradientOf(), gradientOf(3)];
        expectSame(padded.outputs, plain.outputs);
        expect(plain.gradient[3]).not.toEqual([0, 0, 0]);
        expect(padded.gradient[3]).toEqual([0, 0, 0]);
        expect(padded.gradient.toSpliced(3, 1)).toEqual(plain.gradient.toSpliced(3, 1));
      }));

    test('begins with the numbers of the seed', () =>
      scoped((own) => {
        const drawn = (seed: number) => {
          setSeed(seed);
          const layer = own(tokenEmbedding({ vocabSize: 50, dim: 16 }));
          apply(layer, [ids()]);
          return layer.getWeights() as [Tensor];
        };
        const [weights] = drawn(1);
        expectSame(drawn(1), [weights]);
        const values = Array.from(weights.dataSync());
        expect(values).not.toEqual(Array.from(drawn(2)[0].dataSync()));
        const deviation = Math.sqrt(values.reduce((total, x) => total + x * x, 0) / values.length);
        expect(deviation).toBeGreaterThan(0.23);
        expect(deviation).toBeLessThan(0.27);
      }));
  });

  test('names what is wrong', () => {
    expect(() => tokenEmbedding({ vocabSize: 0, dim: 3 })).toThrow(
      'vocabSize must be a positive integer, but is 0',
    );
    expect(() => tokenEmbedding({ ...args, padTokenId: 5 })).toThrow(
      'padTokenId must be an id below vocabSize 5, but is 5',
    );
    tidy(() => {
      const message = 'input must be ids (B, T) or states (B, T, 3), but has shape [2,3,4]';
      expect(() => apply(tokenEmbedding(args), [zeros([2, 3, 4])])).toThrow(message);
    });
  });
});
