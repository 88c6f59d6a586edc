import {
  AdditiveAttention,
  BahdanauDecoder,
  GeneralAttention,
  GRU,
  LSTM,
  LuongDecoder,
  type RecurrentDecoder,
  type RecurrentLayer,
} from '@chui/layers';
import {
  add,
  concat,
  gather,
  reshape,
  slice,
  split,
  stack,
  sub,
  type Tensor,
  transpose,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, test } from 'vitest';
import { linear } from '../../packages/layers/src/ops/linear.js';
import { onEveryBackend } from '../support/backends.js';
import { checkGolden, type Golden, type Parameter, readGolden, weightOf } from '../support/golden.js';
import { scoped } from '../support/layer_contract.js';

/** An LSTM's kernel and bias from PyTorch's four parameters. */
function cellParameters(
  layer: LSTM | RecurrentDecoder,
  cell: string,
  name: (part: string) => string,
): Parameter[] {
  return [
    {
      variable: weightOf(layer, `${cell}/kernel`),
      value: (read) => transpose(concat([read(name('weight_ih')), read(name('weight_hh'))], 1)), // (I + U, 4U)
    },
    {
      variable: weightOf(layer, `${cell}/bias`),
      value: (read) => add(read(name('bias_ih')), read(name('bias_hh'))),
      gradient: (read) => read(name('bias_ih')),
    },
  ];
}

/** A GRU's weights from PyTorch's four parameters. */
const gruParameters = (layer: GRU, cell: string, name: (part: string) => string): Parameter[] => [
  { variable: weightOf(layer, `${cell}/kernel`), value: (read) => transpose(read(name('weight_ih'))) },
  {
    variable: weightOf(layer, `${cell}/recurrent_kernel`),
    value: (read) => transpose(read(name('weight_hh'))),
  },
  { variable: weightOf(layer, `${cell}/bias`), value: (read) => read(name('bias_ih')) },
  { variable: weightOf(layer, `${cell}/recurrent_bias`), value: (read) => read(name('bias_hh')) },
];

/** What maps the ith of some layers of two directions to its parameters, of which `of` gives those of one cell. */
const directions =
  <L>(of: (layer: L, cell: string, name: (part: string) => string) => Parameter[]) =>
  (layer: L, i: number) => [
    ...of(layer, 'forward', (part) => `${part}_l${i}`),
    ...of(layer, 'backward', (part) => `${part}_l${i}_reverse`),
  ];

/** The output of two layers of two directions, and each part of their last states as PyTorch stacks it: (4, B, U). */
function stacked([lower, upper]: [RecurrentLayer, RecurrentLayer], x: Tensor): Tensor[] {
  const [below, ...first] = lower.apply(x) as [Tensor, ...Tensor[]];
  const [output, ...second] = upper.apply(below) as [Tensor, ...Tensor[]];
  const halves = (state: Tensor) => split(state, 2, 1);
  return [output, ...first.map((state, i) => stack([...halves(state), ...halves(second[i]!)]))];
}

/** The encoder and what surrounds encoder and decoder in the encoder-decoders. */
function seq2seq({ hyper, read }: Golden, own: <D extends { dispose(): unknown }>(made: D) => D) {
  const sourceEmbedding = own(variable(zeros([hyper.source_vocab as number, hyper.embedding as number])));
  const targetEmbedding = own(variable(zeros([hyper.target_vocab as number, hyper.embedding as number])));
  const encoder = own(new LSTM({ units: hyper.hidden as number }));
  const mask = sub(1, read('input.source_padding'));
  const x = gather(targetEmbedding, read('input.target_ids')); // (B, T, E)
  const encode = () =>
    encoder.apply([gather(sourceEmbedding, read('input.source_ids')), mask]) as [Tensor, Tensor, Tensor];
  const embed = () => gather(targetEmbedding, read('input.target_ids')); // (B, T, E)
  const [memory, h, c] = encode();
  const parameters = (): Parameter[] => [
    { variable: sourceEmbedding, value: (get) => get('source_embedding') },
    { variable: targetEmbedding, value: (get) => get('target_embedding') },
    ...cellParameters(encoder, 'forward', (part) => `encoder.${part}`),
  ];
  return { encode, embed, mask, parameters, first: [x, memory, mask, h, c] };
}

/** A projection of the case, (out, in), as a variable (in, out). */
function projection(shape: [number, number], name: string) {
  const made: Variable = variable(zeros(shape));
  return { made, parameter: { variable: made, value: (read) => transpose(read(name)) } satisfies Parameter };
}

describe('against PyTorch', () => {
  onEveryBackend(() => {
    test('LSTM of two layers in both directions', () =>
      scoped((own) => {
        const golden = readGolden('lstm');
        const layers = [0, 1].map(() => own(new LSTM({ units: 8, direction: 'both' }))) as [LSTM, LSTM];
        const run = (x: Tensor) => {
          const [output, h, c] = stacked(layers, x) as [Tensor, Tensor, Tensor];
          return { output, h_n: h, c_n: c };
        };
        run(golden.read('input.x'));
        checkGolden(golden, { inputs: ['x'], parameters: layers.flatMap(directions(cellParameters)), run });
      }));

    test('GRU of two layers in both directions', () =>
      scoped((own) => {
        const golden = readGolden('gru');
        const layers = [0, 1].map(() => own(new GRU({ units: 8, direction: 'both' }))) as [GRU, GRU];
        const run = (x: Tensor) => {
          const [output, h] = stacked(layers, x) as [Tensor, Tensor];
          return { output, h_n: h };
        };
        run(golden.read('input.x'));
        checkGolden(golden, { inputs: ['x'], parameters: layers.flatMap(directions(gruParameters)), run });
      }));

    test("encoder-decoder with Bahdanau's attention", () =>
      scoped((own) => {
        const golden = readGolden('seq2seq-lstm-bahdanau');
        const { encode, embed, mask, parameters, first } = seq2seq(golden, own);
        const attention = new AdditiveAttention({ units: 5, useBias: false });
        const decoder = own(new BahdanauDecoder({ units: 8, attention }));
        decoder.apply(first);
        const head = projection([22, 10], 'W_o');
        const bias = own(variable(zeros([10])));
        own(head.made);
        checkGolden(golden, {
          inputs: [],
          parameters: [
            ...parameters(),
            ...cellParameters(decoder, 'cell', (part) => `decoder.${part}`),
            { variable: weightOf(decoder, 'query_kernel'), value: (read) => transpose(read('W_a')) },
            { variable: weightOf(decoder, 'key_kernel'), value: (read) => transpose(read('U_a')) },
            { variable: weightOf(decoder, 'score_kernel'), value: (read) => reshape(read('v_a'), [5, 1]) },
            head.parameter,
            { variable: bias, value: (read) => read('b_o') },
          ],
          run: () => {
            const [memory, h, c] = encode();
            const [output, attention] = decoder.apply([embed(), memory, mask, h, c]) as [Tensor, Tensor];
            const context = slice(output, [0, 0, 8], [-1, -1, 8]);
            const logits = linear(output, head.made, bias);
            const decoded = { decoder_h: slice(output, [0, 0, 0], [-1, -1, 8]), context, attention, logits };
            return { encoder_outputs: memory, encoder_h: h, encoder_c: c, ...decoded };
          },
        });
      }));

    test("encoder-decoder with Luong's attention and input feeding", () =>
      scoped((own) => {
        const golden = readGolden('seq2seq-lstm-luong-input-feeding');
        const { encode, embed, mask, parameters, first } = seq2seq(golden, own);
        const decoder = own(
          new LuongDecoder({ units: 8, outputDim: 5, attention: new GeneralAttention({}) }),
        );
        decoder.apply(first);
        const head = projection([5, 10], 'W_s');
        own(head.made);
        checkGolden(golden, {
          inputs: [],
          parameters: [
            ...parameters(),
            ...cellParameters(decoder, 'cell', (part) => `decoder.${part}`),
            { variable: weightOf(decoder, 'attention/kernel'), value: (read) => read('W_a') },
            { variable: weightOf(decoder, 'output_kernel'), value: (read) => transpose(read('W_c')) },
            head.parameter,
          ],
          run: () => {
            const [memory, h, c] = encode();
            const [output, attention] = decoder.apply([embed(), memory, mask, h, c]) as [Tensor, Tensor];
            const logits = linear(output, head.made);
            return { encoder_outputs: memory, attentional_h: output, attention, logits };
          },
        });
      }));
  });
});
