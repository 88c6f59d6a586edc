import { jit } from '@chui/runtime';
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
import {
  attend,
  gruStep,
  lstmStep,
  type Matrix,
  type State,
  times,
  type Vector,
} from '../../../../test/support/lstm_oracle.js';
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
import { BahdanauDecoder, bahdanauDecoder } from './bahdanau_decoder.js';
import { contextDecoder } from './context_decoder.js';
import { luongDecoder } from './luong_decoder.js';
import type { RecurrentDecoder, RecurrentDecoderArgs } from './recurrent_decoder.js';

const [B, T, S, E, M] = [2, 3, 3, 1, 2];
/** As wide as the memory, so that dot products are there. */
const U = M;
const padding = [1, 0, 0, 0, 1, 1];

type Args = RecurrentDecoderArgs;
const decoders = {
  BahdanauDecoder: bahdanauDecoder,
  LuongDecoder: (args: Args) => luongDecoder({ outputDim: 2, ...args }),
  'LuongDecoder without input feeding': (args: Args) =>
    luongDecoder({ outputDim: 2, inputFeeding: false, ...args }),
  ContextDecoder: contextDecoder,
};
type Kind = keyof typeof decoders;
const kinds = Object.keys(decoders) as Kind[];
const variants = kinds.flatMap((kind) => [
  { kind, cell: 'lstm' as const, parts: ['h', 'c'] },
  { kind, cell: 'gru' as const, parts: ['h'] },
]);
type Variant = (typeof variants)[number];

const make = ({ kind, cell }: Variant, attention: Args['attention'] = dotProductAttention()) =>
  decoders[kind]({ units: U, cell, attention });

const attentions = {
  AdditiveAttention: () => additiveAttention({ units: 2 }),
  DotProductAttention: () => dotProductAttention(),
  GeneralAttention: () => generalAttention(),
  MultiHeadAttention: () => multiHeadAttention({ numHeads: 2, keyDim: 2, outputDim: 4 }),
  ProjectedDotProductAttention: () => projectedDotProductAttention({ units: 2 }),
  ScaledDotProductAttention: () => scaledDotProductAttention(),
};

/** Inputs of T steps, with the feed where there is one. */
function inputsOf(decoder: RecurrentDecoder): Tensor[] {
  return [
    filled([B, T, E], 1),
    filled([B, S, M], 2),
    tensor(padding, [B, S], 'int32'),
    ...decoder.stateWidths(M).map((width, i) => filled([B, width], 3 + i)),
  ];
}

/** A decoder with weights, and its inputs. */
function ready(
  own: <D extends { dispose(): unknown }>(made: D) => D,
  variant: Variant,
  attention?: ScoredAttention,
) {
  const decoder = own(make(variant, attention));
  const inputs = inputsOf(decoder);
  apply(decoder, inputs);
  fillWeights(decoder, 17);
  return { decoder, inputs };
}

/** What a decoder with dot-product attention puts out for one row, in float64. */
function oracle(
  { kind, cell, parts }: Variant,
  [x, memory, mask, ...start]: [Matrix, Matrix, Vector, ...Vector[]],
  decoder: RecurrentDecoder,
) {
  const weights = decoder.weights
    .filter(({ originalName }) => originalName.includes('/cell/'))
    .map((weight) => weight.read().arraySync());
  const step = (input: Vector, state: State) =>
    cell === 'gru'
      ? gruStep(input, state, weights as [Matrix, Matrix, Vector, Vector])
      : lstmStep(input, state, weights as [Matrix, Vector]);
  let state = start.slice(0, parts.length) as State;
  let feed = start[parts.length] ?? [];
  const outputs: Matrix = [];
  const attended: Matrix = [];
  for (const input of x) {
    const before = attend(state[0], memory, mask);
    const fed = kind === 'BahdanauDecoder' ? before.context : feed;
    state = step([...input, ...fed], state);
    const [h] = state;
    const after = attend(h, memory, mask);
    const { weights: row, context } = kind === 'BahdanauDecoder' ? before : after;
    if (kind === 'BahdanauDecoder') outputs.push([...h, ...context, ...input]);
    else if (kind === 'ContextDecoder') outputs.push([...h, ...context]);
    else {
      const combine = weightOf(decoder, 'output_kernel').arraySync() as Matrix;
      outputs.push(times([...context, ...h], combine).map(Math.tanh));
    }
    if (start.length > parts.length) feed = kind === 'ContextDecoder' ? context : outputs.at(-1)!;
    attended.push(row);
  }
  return { outputs, attended, state: [...state, feed].slice(0, start.length) };
}

describe.each(variants)('$kind with cell $cell', (variant) => {
  const { kind, cell, parts } = variant;
  const least = 3 + parts.length;

  onEveryBackend((backend) => {
    describe('with dot-product attention', () =>
      layerContract({
        make: () => make(variant),
        inputs: () => inputsOf(make(variant)),
      }));

    test('follows the equations', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, variant);
        const arrays = inputs.map((each) => each.arraySync() as Matrix[]);
        const rows = Array.from({ length: B }, (_, b) =>
          oracle(variant, arrays.map((each) => each[b]) as unknown as Parameters<typeof oracle>[1], decoder),
        );
        const expected = [
          tensor(rows.map((row) => row.outputs)),
          tensor(rows.map((row) => row.attended)),
          ...inputs.slice(3).map((_, i) => tensor(rows.map((row) => row.state[i]!))),
        ];
        expectSame(apply(decoder, inputs), expected, 1e-5);
      }));

    const names = Object.keys(attentions) as (keyof typeof attentions)[];
    test.each(cell === 'lstm' ? names : names.slice(0, 1))('decodes step by step with %s', (name) =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, variant, attentions[name]());
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
        const { decoder, inputs } = ready(own, variant);
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
        const { decoder, inputs } = ready(own, variant);
        const [output, weights] = apply(decoder, inputs.with(2, zeros([B, S], 'int32')));
        expect(weights!.dataSync().every((weight) => weight === 0)).toBe(true);
        expect(output!.dataSync().every(Number.isFinite)).toBe(true);
      }));

    test('begins with a feed of zeros where none is given', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, variant);
        const [, , ...outputs] = apply(decoder, inputs.slice(0, least));
        const first = decoder
          .stateWidths(M)
          .slice(parts.length)
          .map((width) => zeros([B, width]));
        expectSame(outputs, apply(decoder, [...inputs.slice(0, least), ...first]).slice(2), 0);
      }));

    test('drops attention weights in training only', () =>
      scoped((own) => {
        const { decoder, inputs } = ready(own, variant, dotProductAttention({ dropout: 0.5 }));
        const plain = ready(own, variant).decoder;
        expectSame(apply(decoder, inputs), apply(plain, inputs), 0);
        const [output] = decoder.apply(inputs, { training: true }) as [Tensor];
        expect(Array.from(output.dataSync())).not.toEqual(Array.from(apply(plain, inputs)[0]!.dataSync()));
      }));

    if (backend === 'native') {
      test('is recorded, with its gradients', () =>
        scoped((own) => {
          const { decoder, inputs } = ready(own, variant);
          const outcome = (list: Tensor[]) => [...apply(decoder, list), ...layerGradients(decoder, list)];
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

  test('knows its shapes when lengths are open', () =>
    scoped((own) => {
      const attention = multiHeadAttention({ numHeads: 2, keyDim: 2, outputDim: 4 });
      const decoder = own(make(variant, attention));
      const symbols = [
        input({ shape: [null, E] }),
        input({ shape: [null, M] }),
        input({ shape: [null], dtype: 'int32' }),
        ...parts.map(() => input({ shape: [U] })),
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
      const attention = dotProductAttention();
      expect(() => decoders[kind]({ units: 1.5, cell, attention })).toThrow(
        'units must be a positive integer, but is 1.5',
      );
      const dropout = serializeLayer(own(new Dropout({ rate: 0.1 })));
      expect(() => make(variant, dropout)).toThrow(
        'attention must be an attention layer that scores pairs, but is ChuiDropout',
      );
      const inputs = inputsOf(make(variant)).slice(0, least);
      const fails = (list: Tensor[], message: string) =>
        expect(() => apply(own(make(variant)), list)).toThrow(message);
      fails(inputs.slice(0, -1), `inputs must be [x, memory, mask, ${parts.join(', ')}`);
      fails(
        inputs.with(1, zeros([B, M])),
        'memory must be of rank 3 (batch, length, width), but has shape [2,2]',
      );
      fails(
        inputs.with(2, zeros([B, S, 1])),
        'mask must be of rank 2 (batch, memory length), but has shape [2,3,1]',
      );
      fails(
        inputs.with(-1, zeros([B, U + 1])),
        `${parts.at(-1)} must be of shape [batch, ${U}], but has shape [2,3]`,
      );
    }));
});

test('a decoder says which cells there are', () => {
  expect(() => bahdanauDecoder({ units: 2, cell: 'rnn' as 'gru', attention: dotProductAttention() })).toThrow(
    'cell must be lstm or gru, but is rnn',
  );
});

test('a decoder that was saved before it had a choice of cells has an LSTM', () =>
  scoped((own) => {
    const variant = variants[0]!;
    const { decoder, inputs } = ready(own, variant);
    const { cell, ...config } = decoder.getConfig();
    expect(cell).toBe('lstm');
    const loaded = own(BahdanauDecoder.fromConfig(BahdanauDecoder, config) as BahdanauDecoder);
    const expected = apply(decoder, inputs);
    apply(loaded, inputs);
    loaded.setWeights(decoder.getWeights());
    expectSame(apply(loaded, inputs), expected);
  }));
