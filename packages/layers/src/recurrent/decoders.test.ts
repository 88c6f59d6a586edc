import { concat, slice, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
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
import { attend, lstmStep, type Matrix, times, type Vector } from '../../../../test/support/lstm_oracle.js';
import { filled } from '../../../../test/support/values.js';
import { additiveAttention } from '../attention/additive_attention.js';
import { dotProductAttention } from '../attention/dot_product_attention.js';
import { generalAttention } from '../attention/general_attention.js';
import { multiHeadAttention } from '../attention/multi_head_attention.js';
import { projectedDotProductAttention } from '../attention/projected_dot_product_attention.js';
import { scaledDotProductAttention } from '../attention/scaled_dot_product_attention.js';
import type { ScoredAttention } from '../attention/scored_attention.js';
import { serializeLayer } from '../layer.js';
import { Dropout } from '../regularization/dropout.js';
import { bahdanauDecoder } from './bahdanau_decoder.js';
import { contextDecoder } from './context_decoder.js';
import { luongDecoder } from './luong_decoder.js';
import type { RecurrentDecoder, RecurrentDecoderArgs } from './recurrent_decoder.js';

const [B, T, S, E, M] = [2, 3, 3, 1, 2];
/** As wide as the memory, so that dot products are there. */
const U = M;
const padding = [1, 0, 0, 0, 1, 1];

const decoders = {
  BahdanauDecoder: bahdanauDecoder,
  LuongDecoder: (args: RecurrentDecoderArgs) => luongDecoder({ outputDim: 2, ...args }),
  'LuongDecoder without input feeding': (args: RecurrentDecoderArgs) =>
    luongDecoder({ outputDim: 2, inputFeeding: false, ...args }),
  ContextDecoder: contextDecoder,
};
type Kind = keyof typeof decoders;
const kinds = Object.keys(decoders) as Kind[];

const attentions = {
  AdditiveAttention: () => additiveAttention({ units: 2 }),
  DotProductAttention: () => dotProductAttention(),
  GeneralAttention: () => generalAttention(),
  MultiHeadAttention: () => multiHeadAttention({ numHeads: 2, keyDim: 2, outputDim: 4 }),
  ProjectedDotProductAttention: () => projectedDotProductAttention({ units: 2 }),
  ScaledDotProductAttention: () => scaledDotProductAttention(),
};

/** Inputs of T steps, with the feed where there is one and it is wanted. */
function inputsOf(decoder: RecurrentDecoder, { feed = true } = {}): Tensor[] {
  const widths = decoder.stateWidths(M);
  return [
    filled([B, T, E], 1),
    filled([B, S, M], 2),
    tensor(padding, [B, S], 'int32'),
    ...widths.slice(0, feed ? 3 : 2).map((width, i) => filled([B, width], 3 + i)),
  ];
}

/** A decoder with weights, and its inputs. */
function ready(
  own: <D extends { dispose(): unknown }>(made: D) => D,
  kind: Kind,
  attention: ScoredAttention = dotProductAttention(),
) {
  const decoder = own(decoders[kind]({ units: U, attention }));
  const inputs = inputsOf(decoder);
  apply(decoder, inputs);
  fillWeights(decoder, 17);
  return { decoder, inputs };
}

/** What a decoder with dot-product attention puts out for one row, in float64. */
function oracle(
  kind: Kind,
  [x, memory, mask, h0, c0, feed0]: [Matrix, Matrix, Vector, Vector, Vector, Vector],
  decoder: RecurrentDecoder,
) {
  const [kernel, bias] = ['cell/kernel', 'cell/bias'].map((name) => weightOf(decoder, name).arraySync()) as [
    Matrix,
    Vector,
  ];
  let [h, c, feed] = [h0, c0, feed0];
  const outputs: Matrix = [];
  const attended: Matrix = [];
  for (const input of x) {
    const before = attend(h, memory, mask);
    const fed =
      { BahdanauDecoder: before.context, 'LuongDecoder without input feeding': [] as Vector }[
        kind as string
      ] ?? feed;
    [h, c] = lstmStep([...input, ...fed], [h, c], [kernel, bias]) as [Vector, Vector];
    const after = attend(h, memory, mask);
    const { weights, context } = kind === 'BahdanauDecoder' ? before : after;
    if (kind === 'BahdanauDecoder') outputs.push([...h, ...context, ...input]);
    else if (kind === 'ContextDecoder') outputs.push([...h, ...context]);
    else {
      const combine = weightOf(decoder, 'output_kernel').arraySync() as Matrix;
      outputs.push(times([...context, ...h], combine).map(Math.tanh));
    }
    feed = kind === 'ContextDecoder' ? context : outputs.at(-1)!;
    attended.push(weights);
  }
  return { outputs, attended, h, c, feed };
}

describe.each(kinds)('%s', (kind) => {
  onEveryBackend(() => {
    describe('with dot-product attention', () =>
      layerContract({
        make: () => decoders[kind]({ units: U, attention: dotProductAttention() }),
        inputs: () => inputsOf(decoders[kind]({ units: U, attention: dotProductAttention() })),
      }));

    test('follows the equations', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, kind);
        const [x, memory, mask, h, c, feed = zeros([B, 0])] = inputs.map((each) => each.arraySync());
        const rows = Array.from({ length: B }, (_, b) => {
          const of = [x, memory, mask, h, c, feed].map((each) => (each as Matrix[])[b]);
          return oracle(kind, of as unknown as Parameters<typeof oracle>[1], decoder);
        });
        const state = [rows.map((row) => row.h), rows.map((row) => row.c), rows.map((row) => row.feed)];
        const expected = [
          tensor(rows.map((row) => row.outputs)),
          tensor(rows.map((row) => row.attended)),
          ...state.slice(0, inputs.length - 3).map((part) => tensor(part)),
        ];
        expectSame(apply(decoder, inputs), expected, 1e-5);
      }));

    test.each(Object.keys(attentions) as (keyof typeof attentions)[])(
      'decodes step by step with %s',
      (name) =>
        scoped((own) => {
          const { decoder, inputs } = ready(own, kind, attentions[name]());
          const [x, memory, mask, ...start] = inputs as [Tensor, Tensor, Tensor, ...Tensor[]];
          const [output, weights, ...last] = apply(decoder, inputs);
          let carried: Tensor[] = start;
          const steps = Array.from({ length: T }, (_, t) => {
            const step = slice(x, [0, t, 0], [B, 1, E]);
            const [output, weights, ...next] = apply(decoder, [step, memory, mask, ...carried]);
            carried = next;
            return { output: output!, weights: weights! };
          });
          const outputs = concat(
            steps.map((step) => step.output),
            1,
          );
          const rows = concat(
            steps.map((step) => step.weights),
            weights!.rank - 2,
          );
          expectSame([outputs, rows, ...carried], [output!, weights!, ...last], 1e-5);
        }),
    );

    test('does not see what is masked', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, kind);
        const outputs = apply(decoder, inputs);
        const slots = inputs[1]!.arraySync() as Matrix[];
        const other = inputs.with(
          1,
          tensor(slots.map((row, b) => row.map((slot, s) => (padding[b * S + s] ? slot : [90, -80])))),
        );
        expectSame(apply(decoder, other), outputs, 0);
        const gradient = layerGradients(decoder, other)[1]!.arraySync() as Matrix[];
        gradient.flat().forEach((slot, i) => {
          expect(slot.some((value) => value !== 0)).toBe(padding[i] === 1);
        });
      }));

    test('reads an empty memory as zeros', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, kind);
        const [output, weights] = apply(decoder, inputs.with(2, zeros([B, S], 'int32')));
        expect(weights!.dataSync().every((weight) => weight === 0)).toBe(true);
        expect(output!.dataSync().every(Number.isFinite)).toBe(true);
      }));

    test('begins with a feed of zeros where none is given', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, kind);
        const [, , ...outputs] = apply(decoder, inputs.slice(0, 5));
        const first = decoder
          .stateWidths(M)
          .slice(2)
          .map((width) => zeros([B, width]));
        expectSame(outputs, apply(decoder, [...inputs.slice(0, 5), ...first]).slice(2), 0);
      }));

    test('drops attention weights in training only', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, kind, dotProductAttention({ dropout: 0.5 }));
        const plain = ready(own, kind).decoder;
        expectSame(apply(decoder, inputs), apply(plain, inputs), 0);
        const [output] = decoder.apply(inputs, { training: true }) as [Tensor];
        expect(Array.from(output.dataSync())).not.toEqual(Array.from(apply(plain, inputs)[0]!.dataSync()));
      }));
  });

  test('knows its shapes when lengths are open', () =>
    scoped((own) => {
      const attention = multiHeadAttention({ numHeads: 2, keyDim: 2, outputDim: 4 });
      const decoder = own(decoders[kind]({ units: U, attention }));
      const symbols = [
        input({ shape: [null, E] }),
        input({ shape: [null, M] }),
        input({ shape: [null], dtype: 'int32' }),
        ...[U, U].map((width) => input({ shape: [width] })),
      ];
      const outputs = decoder.apply(symbols) as SymbolicTensor[];
      const width = { BahdanauDecoder: U + 4 + E, ContextDecoder: U + 4 }[kind as string] ?? 2;
      expect(outputs.map(({ shape }) => shape)).toEqual([
        [null, null, width],
        [null, 2, null, null],
        ...decoder.stateWidths(M).map((each) => [null, each]),
      ]);
    }));

  test('names what is wrong', () =>
    scoped((own) => {
      const make = () => own(decoders[kind]({ units: U, attention: dotProductAttention() }));
      expect(() => decoders[kind]({ units: 1.5, attention: dotProductAttention() })).toThrow(
        'units must be a positive integer, but is 1.5',
      );
      const dropout = serializeLayer(own(new Dropout({ rate: 0.1 })));
      expect(() => decoders[kind]({ units: U, attention: dropout })).toThrow(
        'attention must be an attention layer that scores pairs, but is ChuiDropout',
      );
      const inputs = inputsOf(make(), { feed: false });
      const fails = (list: Tensor[], message: string) => expect(() => apply(make(), list)).toThrow(message);
      fails(inputs.slice(0, 4), 'inputs must be [x, memory, mask, h, c');
      fails(
        inputs.with(1, zeros([B, M])),
        'memory must be of rank 3 (batch, length, width), but has shape [2,2]',
      );
      fails(
        inputs.with(2, zeros([B, S, 1])),
        'mask must be of rank 2 (batch, memory length), but has shape [2,3,1]',
      );
      fails(inputs.with(4, zeros([B, U + 1])), `c must be of shape [batch, ${U}], but has shape [2,3]`);
    }));
});
