import { setSeed } from '@chui/runtime';
import { engine, slice, type Tensor, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../../test/support/backends.js';
import { expectClose } from '../../../../../test/support/gradients.js';
import {
  expectSame,
  fillWeights,
  layerContract,
  scoped,
} from '../../../../../test/support/layer_contract.js';
import { filled } from '../../../../../test/support/values.js';
import { alibiPositions } from '../../position/alibi_positions.js';
import { rotaryPositions } from '../../position/rotary_positions.js';
import { multiHeadAttention } from '../multi_head_attention.js';
import { adaptiveSpan } from './adaptive_span.js';
import { type HeadGatedAttention, headGatedAttention } from './head_gated_attention.js';

const [dim, numHeads] = [8, 4];

function setWeight(
  layer: HeadGatedAttention | ReturnType<typeof multiHeadAttention>,
  name: string,
  to: number[],
) {
  const weight = layer.weights.find(({ originalName }) => originalName.endsWith(`/${name}`))!;
  const value = tensor(to);
  weight.write(value);
  value.dispose();
}

onEveryBackend(() => {
  describe('head gates', () => {
    test('that are closed may be pruned, which changes nothing', () =>
      scoped((own) => {
        const options = { numHeads, valueDim: 3, causal: true, useOutputBias: true };
        for (const more of [{}, { positions: rotaryPositions() }, { useBias: false }]) {
          const layer = own(headGatedAttention({ ...options, ...more }));
          const x = filled([2, 5, dim], 1);
          layer.attend({ query: x });
          fillWeights(layer, 2);
          setWeight(layer, 'gate_logits', [9, -9, 0.4, -9]);
          // 0.4 is σ(0.4) · 1.2 − 0.1, between open and closed.
          expectClose(layer.gates(), [1, 0, 1.2 / (1 + Math.exp(-0.4)) - 0.1, 0], 1e-6);
          const pruned = own(layer.pruned());
          expect(pruned.numHeads).toBe(2);
          expect(pruned.countParams()).toBeLessThan(layer.countParams());
          expectSame([pruned.attend({ query: x }) as Tensor], [layer.attend({ query: x }) as Tensor], 1e-5);
        }
      }));

    test('that are all closed leave the bias', () =>
      scoped((own) => {
        const layer = own(headGatedAttention({ numHeads }));
        const x = filled([2, 5, dim], 1);
        layer.attend({ query: x });
        fillWeights(layer, 2);
        setWeight(layer, 'gate_logits', [-9, -9, -9, -9]);
        const pruned = own(layer.pruned());
        expect(pruned.numHeads).toBe(1);
        expectSame([pruned.attend({ query: x }) as Tensor], [layer.attend({ query: x }) as Tensor], 1e-6);
      }));

    test('are drawn in training, with the chances that the penalty counts', () =>
      scoped((own) => {
        const layer = own(headGatedAttention({ numHeads: 2, valueDim: 1, useBias: false, outputDim: 2 }));
        const x = tensor([1, 1], [1, 1, 2]);
        layer.attend({ query: x });
        // What the heads read is put out as it is: values are 1, and the last projection is the identity.
        setWeight(layer, 'gate_logits', [0.5, -1]);
        const write = (name: string, to: number[][]) => {
          const value = tensor(to);
          layer.weights.find(({ originalName }) => originalName.endsWith(`/${name}`))!.write(value);
        };
        write('value_kernel', [
          [0.5, 0.5],
          [0.5, 0.5],
        ]);
        write('output_kernel', [
          [1, 0],
          [0, 1],
        ]);
        setSeed(5);
        const draws = Array.from({ length: 400 }, () =>
          Array.from((layer.attend({ query: x }, { training: true }) as Tensor).dataSync()),
        );
        for (const draw of draws.flat()) expect(draw >= 0 && draw <= 1).toBe(true);
        const open = [0, 1].map((head) => draws.filter((draw) => draw[head]! > 0).length / draws.length);
        const chance = (logit: number) => 1 / (1 + Math.exp(-(logit - (2 / 3) * Math.log(0.1 / 1.1))));
        for (const [head, logit] of [0.5, -1].entries()) expect(open[head]).toBeCloseTo(chance(logit), 1);
        expectClose(layer.penalty(), [chance(0.5) + chance(-1)], 1e-5);
      }));

    test('may not be pruned where heads are told by their number', () =>
      scoped((own) => {
        const layer = own(headGatedAttention({ numHeads, positions: alibiPositions() }));
        expect(() => layer.pruned()).toThrow('must be built before it is pruned');
        layer.attend({ query: filled([1, 2, dim], 1) });
        expect(() => layer.pruned()).toThrow(
          'positions must not add to scores to prune heads, but are ChuiAlibiPositions',
        );
      }));
  });

  describe('an adaptive span', () => {
    describe('as a layer', () =>
      layerContract({
        // So far that nothing is unseen, whose −1e38 would leave no digit of the others in a sum.
        make: () => adaptiveSpan({ maxSpan: 6, ramp: 6, firstSpan: 0.3 }),
        inputs: () => [filled([2, 2, 5, 3], 1)],
      }));

    test('is a soft mask of the weights, and of steps with a cache', () =>
      scoped((own) => {
        const [length, maxSpan, ramp] = [7, 8, 2];
        const [plain, layer] = [{}, { positions: adaptiveSpan({ maxSpan, ramp }) }].map((more) =>
          own(multiHeadAttention({ numHeads, causal: true, returnWeights: true, ...more })),
        ) as [ReturnType<typeof multiHeadAttention>, ReturnType<typeof multiHeadAttention>];
        const x = filled([1, length, dim], 1);
        for (const each of [plain, layer]) {
          each.attend({ query: x });
          for (const weight of each.weights) {
            if (!weight.originalName.endsWith('/spans')) weight.write(filled(weight.shape as number[], 3));
          }
        }
        const shares = [0, 0.25, 0.5, 1];
        setWeight(layer, 'spans', shares);
        const span = layer.positions as ReturnType<typeof adaptiveSpan>;
        expectClose(span.spans(), [2, 4, 6, 10], 1e-6);
        expectClose(span.penalty(), [(maxSpan * 1.75) / 4], 1e-6);
        const read = (of: typeof layer) =>
          ((of.attend({ query: x }) as Tensor[])[1]!.arraySync() as number[][][][])[0]!;
        const [expected, found] = [read(plain), read(layer)];
        for (const [h, share] of shares.entries()) {
          for (let t = 0; t < length; t++) {
            const masked = expected[h]![t]!.map((weight, s) => {
              const mask = (ramp + share * maxSpan - Math.abs(t - s)) / ramp;
              return weight * Math.min(1, Math.max(0, mask));
            });
            const total = masked.reduce((sum, each) => sum + each, 0);
            expectClose(
              found[h]![t]!,
              masked.map((each) => each / total),
              1e-5,
            );
          }
        }
        const whole = (layer.attend({ query: x }) as Tensor[])[0]!;
        let cache = layer.emptyCache(1, length);
        for (let t = 0; t < length; t++) {
          const row = (of: Tensor) => slice(of, [0, t, 0], [1, 1, dim]);
          const step = layer.attendCached({ query: row(x), cache, position: tensor([t], [1], 'int32') });
          cache = step.cache;
          expectSame([step.context], [row(whole)], 1e-5);
        }
      }));

    test('grows and shrinks by gradients', () =>
      scoped((own) => {
        const layer = own(adaptiveSpan({ maxSpan: 8, ramp: 4, firstSpan: 0.25 }));
        layer.apply(filled([1, 2, 6, 3], 1));
        const [shares] = layer.trainableWeights.map((weight) => weight.read() as Variable);
        const { grads } = tidy(() => engine().gradients(() => layer.penalty(), [shares!]));
        expectClose(grads[0]!, [4, 4], 1e-6);
      }));
  });
});

test('takes only sizes that there are', () => {
  expect(() => adaptiveSpan({ maxSpan: 0 })).toThrow('maxSpan must be a positive integer, but is 0');
  expect(() => adaptiveSpan({ maxSpan: 1, firstSpan: 2 })).toThrow('firstSpan must be from 0 to 1, but is 2');
});
