import { jit } from '@chui/runtime';
import { concat, scalar, slice, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { input, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { weightOf } from '../../../../test/support/golden.js';
import {
  apply,
  expectSame,
  fillWeights,
  layerContract,
  layerGradients,
  scoped,
} from '../../../../test/support/layer_contract.js';
import { attend, type Matrix, times } from '../../../../test/support/lstm_oracle.js';
import { filled } from '../../../../test/support/values.js';
import { additiveAttention } from '../attention/additive_attention.js';
import { dotProductAttention } from '../attention/dot_product_attention.js';
import { generalAttention } from '../attention/general_attention.js';
import { multiHeadAttention } from '../attention/multi_head_attention.js';
import { serializeLayer } from '../layer.js';
import { Dropout } from '../regularization/dropout.js';
import { pastAttention } from './past_attention.js';

const [B, T, U] = [3, 5, 4];
/** Whole, padded on the left, padded on the right. */
const padding = [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0];
const mask = () => tensor(padding, [B, T], 'int32');
const attentions = {
  AdditiveAttention: () => additiveAttention({ units: 3 }),
  DotProductAttention: () => dotProductAttention(),
  GeneralAttention: () => generalAttention(),
  MultiHeadAttention: () => multiHeadAttention({ numHeads: 2, keyDim: 2 }),
};
const names = Object.keys(attentions) as (keyof typeof attentions)[];

/** A layer with weights. */
function ready(own: <D extends { dispose(): unknown }>(made: D) => D, name: (typeof names)[number]) {
  const layer = own(pastAttention({ attention: attentions[name]() }));
  apply(layer, [filled([B, T, U], 1)]);
  fillWeights(layer, 5);
  return layer;
}

describe('PastAttention', () => {
  onEveryBackend((backend) => {
    layerContract({
      make: () => pastAttention({ attention: attentions.GeneralAttention() }),
      inputs: () => [filled([2, 3, 2], 1), tensor([1, 1, 1, 0, 1, 1], [2, 3], 'int32')],
    });

    test('follows the equations, the first state reading zeros', () =>
      scoped((own) => {
        const layer = ready(own, 'DotProductAttention');
        const states = filled([B, T, U], 1);
        const combine = weightOf(layer, 'output_kernel').arraySync() as Matrix;
        const rows = (states.arraySync() as Matrix[]).map((row, b) =>
          row.map((state, t) => {
            const nothing = { weights: [], context: state.map(() => 0) };
            const flags = padding.slice(b * T, b * T + t);
            const { weights, context } = t === 0 ? nothing : attend(state, row.slice(0, t), flags);
            const output = times([...context, ...state], combine).map(Math.tanh);
            return { output, weights: [...weights, ...new Array<number>(T - t).fill(0)] };
          }),
        );
        const outputs = layer.apply([states, mask()], { returnWeights: true } as object) as Tensor[];
        const expected = (['output', 'weights'] as const).map((name) =>
          tensor(rows.map((row) => row.map((each) => each[name]))),
        );
        expectSame(outputs, expected, 1e-5);
      }));

    describe.each(names)('with %s', (name) => {
      test('steps as it reads at once, some states in a row and then one by one', () =>
        scoped((own) => {
          const layer = ready(own, name);
          const x = filled([B, T, U], 2);
          const flags = mask();
          const [whole] = apply(layer, [x, flags]);
          const slots = concat([flags, tensor(new Array(3 * B).fill(1), [B, 3], 'int32')], 1); // (B, 8)
          let cache = layer.emptyCache(B, 8);
          const parts: Tensor[] = [];
          for (let t = 0; t < T; t += t === 0 ? 3 : 1) {
            const length = t === 0 ? 3 : 1;
            const part = slice(x, [0, t, 0], [B, length, U]);
            const step = layer.step({ x: part, cache, position: scalar(t, 'int32'), mask: slots });
            parts.push(step.y);
            cache = step.cache;
          }
          expectSame([concat(parts, 1)], [whole!], 1e-5);
        }));

      test('reads neither itself, nor what comes after, nor what is masked', () =>
        scoped((own) => {
          const layer = ready(own, name);
          const x = filled([B, T, U], 2);
          const [, weights] = layer.apply([x, mask()], { returnWeights: true } as object) as [Tensor, Tensor];
          const heads = weights.rank === 4 ? 2 : 1;
          Array.from(weights.dataSync()).forEach((weight, i) => {
            const [b, t, s] = [Math.floor(i / (heads * T * T)), Math.floor(i / T) % T, i % T];
            expect(weight > 0).toBe(s < t && padding[b * T + s] === 1);
          });
        }));

      if (backend === 'native') {
        test('is recorded, with its gradients', () =>
          scoped((own) => {
            const layer = ready(own, name);
            const inputs = [filled([B, T, U], 2), mask()];
            const outcome = (list: Tensor[]) => [...apply(layer, list), ...layerGradients(layer, list)];
            const expected = outcome(inputs);
            const recorded = jit(outcome);
            try {
              expectSame(recorded(inputs), expected, 1e-5);
            } finally {
              recorded.dispose();
            }
          }));
      }
    });
  });

  test('knows its shapes when lengths are open', () =>
    scoped((own) => {
      const layer = own(pastAttention({ attention: attentions.AdditiveAttention() }));
      const x = input({ shape: [null, U] });
      expect((layer.apply(x) as SymbolicTensor).shape).toEqual([null, null, U]);
    }));

  test('names what is wrong', () =>
    scoped((own) => {
      const dropout = serializeLayer(own(new Dropout({ rate: 0.1 })));
      expect(() => pastAttention({ attention: dropout })).toThrow(
        'attention must be an attention layer that scores pairs, but is ChuiDropout',
      );
      const layer = own(pastAttention({ attention: attentions.DotProductAttention() }));
      expect(() => apply(layer, [filled([2, 3], 1)])).toThrow(
        'states must be of rank 3 (batch, length, width), but has shape [2,3]',
      );
    }));
});
