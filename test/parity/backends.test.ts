import { useBackend } from '@chui/runtime';
import { io, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { input, type layers, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import {
  adaptiveSpan,
  additiveAttention,
  attentionCatalogue,
  bahdanauDecoder,
  contextDecoder,
  decoderBlock,
  earlyExit,
  encoderBlock,
  feedForward,
  gatedFeedForward,
  generalAttention,
  groupedQueryAttention,
  gru,
  keyValueProjection,
  layerDrop,
  layerNorm,
  learnedPositions,
  linear,
  lstm,
  luongDecoder,
  multiHeadAttention,
  projectedDotProductAttention,
  rmsNorm,
  rotaryPositions,
  scaledDotProductAttention,
  sinusoidalPositions,
  tokenAndPositionEmbedding,
  tokenEmbedding,
} from '../../packages/layers/src/index.js';
import { testBackends } from '../support/backends.js';
import { apply, fillWeights, layerGradients, scoped } from '../support/layer_contract.js';
import { filled } from '../support/values.js';

interface Case {
  make: () => layers.Layer;
  inputs: () => Tensor[];
}

const masked = (...widths: [number, number, number]) => [
  ...widths.map((width, i) => filled([2, i === 0 ? 5 : 7, width], i)),
  tensor([1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1], [2, 7], 'int32'),
];
const args = { returnWeights: true };
const block = { numHeads: 4, hiddenDim: 20, ...args };
const padding = () => tensor([1, 1, 1, 0, 0, 0, 1, 1, 0, 1], [2, 5], 'int32');
/** Inputs of a decoder: five steps over a memory of seven slots. */
const decoded = (feed: number[]) => {
  const [x, memory, , mask] = masked(12, 10, 9) as [Tensor, Tensor, Tensor, Tensor];
  return [x, memory, mask, ...[8, 8, ...feed].map((width, i) => filled([2, width], 10 + i))];
};

const cases: Record<string, Case> = {
  AdditiveAttention: {
    make: () => additiveAttention({ units: 16, ...args }),
    inputs: () => masked(12, 10, 9),
  },
  GeneralAttention: { make: () => generalAttention(args), inputs: () => masked(12, 10, 9) },
  ScaledDotProductAttention: { make: () => scaledDotProductAttention(args), inputs: () => masked(12, 12, 9) },
  ProjectedDotProductAttention: {
    make: () => projectedDotProductAttention({ units: 16, ...args }),
    inputs: () => masked(12, 10, 9),
  },
  MultiHeadAttention: {
    make: () => multiHeadAttention({ numHeads: 4, keyDim: 8, causal: true, ...args }),
    inputs: () => masked(12, 10, 9),
  },
  LSTM: {
    make: () => lstm({ units: 8, direction: 'both' }),
    inputs: () => [filled([2, 5, 12], 1), padding(), filled([2, 16], 2), filled([2, 16], 3)],
  },
  'LSTM without a mask': { make: () => lstm({ units: 8 }), inputs: () => [filled([2, 5, 12], 1)] },
  GRU: {
    make: () => gru({ units: 8, direction: 'both' }),
    inputs: () => [filled([2, 5, 12], 1), padding(), filled([2, 16], 2)],
  },
  BahdanauDecoder: {
    make: () => bahdanauDecoder({ units: 8, attention: additiveAttention({ units: 16 }) }),
    inputs: () => decoded([]),
  },
  LuongDecoder: {
    make: () => luongDecoder({ units: 8, attention: generalAttention() }),
    inputs: () => decoded([8]),
  },
  'LuongDecoder without input feeding': {
    make: () => luongDecoder({ units: 8, inputFeeding: false, attention: generalAttention() }),
    inputs: () => decoded([]),
  },
  ContextDecoder: {
    make: () => contextDecoder({ units: 8, attention: multiHeadAttention({ numHeads: 2, keyDim: 4 }) }),
    inputs: () => decoded([8]),
  },
  EncoderBlock: {
    make: () => encoderBlock({ ...block, activation: 'gelu' }),
    inputs: () => [filled([2, 5, 12], 1), padding()],
  },
  KeyValueProjection: {
    make: () => keyValueProjection({ numHeads: 4, keyDim: 3, valueDim: 5 }),
    inputs: () => [filled([2, 7, 10], 1), filled([2, 7, 9], 2)],
  },
  DecoderBlock: {
    make: () => decoderBlock({ ...block, norm: 'pre' }),
    inputs: () => {
      const [x, memory, , mask] = masked(12, 10, 9) as [Tensor, Tensor, Tensor, Tensor];
      return [x, memory, mask, padding()];
    },
  },
  'DecoderBlock with caches': {
    make: () => decoderBlock(block),
    inputs: () => {
      const memory = [filled([2, 4, 7, 3], 3), filled([2, 4, 7, 3], 4)];
      const caches = [filled([2, 4, 8, 3], 5), filled([2, 4, 8, 3], 6)];
      const mask = masked(12, 10, 9)[3]!;
      return [filled([2, 1, 12], 1), ...memory, mask, ...caches, tensor([4, 6], [2, 1], 'int32')];
    },
  },
  'EncoderBlock of other parts': {
    make: () =>
      encoderBlock({
        attention: groupedQueryAttention({
          numHeads: 4,
          numKeyValueHeads: 2,
          keyDim: 4,
          causal: true,
          positions: rotaryPositions({ scaling: { type: 'linear', factor: 2 } }),
        }),
        feedForward: gatedFeedForward({ hiddenDim: 20 }),
        normLayer: rmsNorm(),
        norm: 'sandwich',
      }),
    inputs: () => [filled([2, 5, 12], 1), padding()],
  },
  LayerDrop: {
    make: () => layerDrop({ layer: encoderBlock({ numHeads: 4, hiddenDim: 20 }), rate: 0.1 }),
    inputs: () => [filled([2, 5, 12], 1), padding()],
  },
  EarlyExit: {
    make: () =>
      earlyExit({
        blocks: [1, 2].map(() => feedForward({ hiddenDim: 7 })),
        heads: [1, 2].map(() => linear({ units: 3 })),
      }),
    inputs: () => [filled([2, 5, 12], 1)],
  },
  'MultiHeadAttention with spans': {
    make: () => multiHeadAttention({ numHeads: 4, positions: adaptiveSpan({ maxSpan: 9, firstSpan: 0.3 }) }),
    inputs: () => [1, 2, 3].map(() => filled([2, 5, 12], 1)),
  },
  LayerNorm: { make: () => layerNorm(), inputs: () => [filled([2, 5, 12], 1)] },
  Linear: { make: () => linear({ units: 7 }), inputs: () => [filled([2, 5, 12], 1)] },
  FeedForward: { make: () => feedForward({ hiddenDim: 20 }), inputs: () => [filled([2, 5, 12], 1)] },
  LearnedPositions: {
    make: () => learnedPositions({ maxLength: 9 }),
    inputs: () => [filled([2, 5, 12], 1), tensor([4, 0], [2, 1], 'int32')],
  },
  SinusoidalPositions: { make: () => sinusoidalPositions(), inputs: () => [filled([2, 5, 12], 1)] },
  TokenAndPositionEmbedding: {
    make: () => tokenAndPositionEmbedding({ vocabSize: 20, dim: 12, maxLength: 5, numSegments: 2 }),
    inputs: () => [tensor([1, 3, 3, 0, 19, 7], [2, 3], 'int32'), tensor([0, 0, 1, 0, 1, 1], [2, 3], 'int32')],
  },
  TokenEmbedding: {
    make: () => tokenEmbedding({ vocabSize: 20, dim: 12, padTokenId: 0 }),
    inputs: () => [tensor([1, 3, 3, 0, 19, 7], [2, 3], 'int32')],
  },
  'TokenEmbedding of states': {
    make: () => tokenEmbedding({ vocabSize: 20, dim: 12 }),
    inputs: () => [filled([2, 3, 12], 1)],
  },
};

/** Self-attention under a mask, of every attention that there is. */
const attentions = Object.fromEntries(
  attentionCatalogue.map(({ name, make }): [string, Case] => [
    `${name}, of the catalogue`,
    {
      make: () => make({ dim: 8, numHeads: 2, maxLength: 12, ...args }),
      inputs: () => {
        const x = filled([2, 5, 8], 1);
        return [x, x.clone(), x.clone(), padding()];
      },
    },
  ]),
);

const [first, ...others] = testBackends;

/** Outputs and gradients of a case, on a backend. */
async function run({ make, inputs }: Case, backend: (typeof testBackends)[number]): Promise<number[][]> {
  await useBackend(backend);
  let numbers: number[][] = [];
  scoped((own) => {
    const [layer, x] = [own(make()), inputs()];
    apply(layer, x);
    fillWeights(layer, 3);
    numbers = [...apply(layer, x), ...layerGradients(layer, x)].map((each) => Array.from(each.dataSync()));
  });
  return numbers;
}

function expectClose(actual: number[][], expected: number[][]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((values, i) => {
    const scale = Math.max(1, ...expected[i]!.map(Math.abs));
    expect(values.length).toBe(expected[i]!.length);
    expect(Math.max(...values.map((value, j) => Math.abs(value - expected[i]![j]!))) / scale).toBeLessThan(
      1e-4,
    );
  });
}

describe.each(Object.entries({ ...cases, ...attentions }))('%s', (_, each) => {
  test.each(others)(`has the outputs and gradients on %s that it has on ${first}`, async (backend) => {
    expectClose(await run(each, backend), await run(each, first!));
  });

  test('gives the same outputs when saved on one backend and loaded on another', async () => {
    for (const from of testBackends) {
      await useBackend(from);
      let artifacts: io.ModelArtifacts = {};
      let expected: number[][] = [];
      await scoped(async (own) => {
        const x = each.inputs();
        const symbols = x.map(({ shape, dtype }) =>
          input({ shape: shape.slice(1), dtype: dtype as 'float32' }),
        );
        const layer = each.make();
        const outputs = layer.apply(symbols.length === 1 ? symbols[0]! : symbols) as SymbolicTensor;
        const saved = own(model({ inputs: symbols, outputs }));
        fillWeights(layer, 5);
        expected = [saved.predict(x)].flat().map((output) => Array.from(output.dataSync()));
        const handler = io.withSaveHandler(async (made) => {
          artifacts = made;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        });
        await saved.save(handler);
      });
      for (const to of testBackends.filter((backend) => backend !== from)) {
        await useBackend(to);
        await scoped(async (own) => {
          const loaded = own(await loadLayersModel(io.fromMemory(artifacts)));
          const outputs = [loaded.predict(each.inputs())].flat();
          expectClose(
            outputs.map((output) => Array.from(output.dataSync())),
            expected,
          );
        });
      }
    }
  });
});
