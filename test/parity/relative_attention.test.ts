import { type Attention, ShawRelativeAttention, TransformerXlAttention } from '@chui/layers';
import { concat, eye, sub, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../support/backends.js';
import { checkGolden, type Parameter, readGolden, weightOf } from '../support/golden.js';
import { scoped } from '../support/layer_contract.js';

/** Weights of a layer by the names they have in a case. */
const named = (layer: Attention, names: Record<string, string>): Parameter[] =>
  Object.entries(names).map(([name, given]) => ({
    variable: weightOf(layer, name),
    value: (read) => read(given),
  }));

const output = ([output, weights]: Tensor[]) => ({ output: output!, weights: weights! });

describe('attention by distances', () => {
  onEveryBackend(() => {
    test('relative-shaw', () =>
      scoped((own) => {
        const golden = readGolden('relative-shaw');
        expect(golden.hyper).toEqual({ heads: 2, head_dim: 5, clip: 3 });
        const layer = own(
          new ShawRelativeAttention({
            numHeads: 2,
            keyDim: 5,
            outputDim: 10,
            maxDistance: 3,
            useBias: false,
            returnWeights: true,
          }),
        );
        const mask = sub(1, golden.read('input.padding'));
        layer.attend({ query: golden.read('input.x') });
        weightOf(layer, 'output_kernel').assign(eye(10) as Tensor as Variable); // the case ends with the heads
        checkGolden(golden, {
          inputs: ['x'],
          parameters: named(layer, {
            query_kernel: 'W_Q',
            key_kernel: 'W_K',
            value_kernel: 'W_V',
            key_embeddings: 'a_K',
            value_embeddings: 'a_V',
          }),
          run: (query) => output(layer.attend({ query: query!, mask }) as Tensor[]),
        });
      }));

    test('relative-transformer-xl', () =>
      scoped((own) => {
        const golden = readGolden('relative-transformer-xl');
        expect(golden.hyper).toEqual({ heads: 2, head_dim: 4, memory_length: 3 });
        const layer = own(
          new TransformerXlAttention({ numHeads: 2, useBias: false, causal: true, returnWeights: true }),
        );
        const memory = golden.read('input.memory');
        layer.attend({ query: golden.read('input.x') });
        checkGolden(golden, {
          inputs: ['x'],
          parameters: named(layer, {
            query_kernel: 'W_q',
            key_kernel: 'W_k',
            value_kernel: 'W_v',
            output_kernel: 'W_o',
            position_kernel: 'W_r',
            content_bias: 'u',
            position_bias: 'v',
          }),
          run: (query) =>
            output(layer.attend({ query: query!, key: concat([memory, query!], 1) }) as Tensor[]),
        });
      }));
  });
});
