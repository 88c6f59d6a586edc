import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { GPTNeoXForCausalLM } from '../gpt_neox/gpt_neox.js';
import { gptNeoXPresets } from '../gpt_neox/presets.js';
import { GPT2LMHeadModel } from '../gpt2/gpt2.js';
import { gpt2Presets } from '../gpt2/presets.js';
import { LlamaForCausalLM } from '../llama/llama.js';
import { llamaPresets } from '../llama/presets.js';
import { MistralForCausalLM } from '../mistral/mistral.js';
import { mistralPresets } from '../mistral/presets.js';
import { OPTForCausalLM } from '../opt/opt.js';
import { optPresets } from '../opt/presets.js';
import { qwen2Presets } from '../qwen2/presets.js';
import { Qwen2ForCausalLM } from '../qwen2/qwen2.js';
import type { CausalLM } from './causal_lm.js';

/** What parameters of a decoder there are, by its sizes. */
interface Sizes {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  /** Columns of all heads of queries, and of keys. */
  readonly queries: number;
  readonly keys: number;
  readonly hidden: number;
  /** Networks' kernels, biases of a layer and of what is around layers, vectors of norms for a layer and around. */
  readonly kernels: number;
  readonly biases: number;
  readonly norms: number;
  readonly lastNorms: number;
  /** Positions that are learned. */
  readonly positions?: number;
  readonly tied: boolean;
  /** Width of the embeddings, and kernels that lead from it and to it. */
  readonly embedding?: number;
}

/** By the formulas of the papers, not by the models. */
function count(sizes: Sizes): number {
  const { vocabulary, width, layers, queries, keys, hidden, kernels, biases, norms, lastNorms, tied } = sizes;
  const { positions = 0, embedding = width } = sizes;
  const layer = 2 * width * queries + 2 * width * keys + kernels * width * hidden + biases + norms * width;
  const around = (tied ? 1 : 2) * vocabulary * embedding + positions * width + lastNorms * width;
  return layers * layer + around + (embedding === width ? 0 : 2 * embedding * width);
}

type Options = Readonly<Record<string, unknown>>;

const number = (options: Options, name: string, byDefault: number) =>
  (options[name] as number | null) ?? byDefault;

function ofLlama(
  options: Options,
  defaults: { kv: number; vocabulary: number; hidden: number },
  biases = 0,
): Sizes {
  const width = number(options, 'hiddenSize', 4096);
  const heads = number(options, 'numAttentionHeads', 32);
  const head = number(options, 'headDim', width / heads);
  const [queries, keys] = [heads * head, number(options, 'numKeyValueHeads', defaults.kv || heads) * head];
  return {
    ...{ vocabulary: number(options, 'vocabSize', defaults.vocabulary), width, queries, keys },
    ...{
      layers: number(options, 'numHiddenLayers', 32),
      hidden: number(options, 'intermediateSize', defaults.hidden),
    },
    ...{ kernels: 3, biases: biases * (queries + 2 * keys), norms: 2, lastNorms: 1 },
    tied: options.tieWordEmbeddings === true,
  };
}

const llama = (options: Options) => ofLlama(options, { kv: 0, vocabulary: 32_000, hidden: 11_008 });
const mistral = (options: Options) => ofLlama(options, { kv: 8, vocabulary: 32_000, hidden: 14_336 });
const qwen2 = (options: Options) => ofLlama(options, { kv: 32, vocabulary: 151_936, hidden: 22_016 }, 1);

function classic(
  options: Options,
  names: Record<'width' | 'layers' | 'hidden', [string, number]>,
  rest: Partial<Sizes>,
): Sizes {
  const [width, layers] = [number(options, ...names.width), number(options, ...names.layers)];
  const hidden = number(options, names.hidden[0], names.hidden[1] || 4 * width);
  return {
    ...{ vocabulary: 0, width, layers, queries: width, keys: width, hidden, kernels: 2 },
    ...{ biases: 5 * width + hidden, norms: 4, lastNorms: 2, tied: true },
    ...rest,
  };
}

const gpt2 = (options: Options) =>
  classic(
    options,
    { width: ['nEmbd', 768], layers: ['nLayer', 12], hidden: ['nInner', 0] },
    { vocabulary: number(options, 'vocabSize', 50_257), positions: number(options, 'nPositions', 1024) },
  );
const gptNeoX = (options: Options) =>
  classic(
    options,
    { width: ['hiddenSize', 6144], layers: ['numHiddenLayers', 44], hidden: ['intermediateSize', 24_576] },
    { vocabulary: number(options, 'vocabSize', 50_432), tied: false },
  );
const opt = (options: Options) =>
  classic(
    options,
    { width: ['hiddenSize', 768], layers: ['numHiddenLayers', 12], hidden: ['ffnDim', 3072] },
    {
      vocabulary: number(options, 'vocabSize', 50_272),
      positions: number(options, 'maxPositionEmbeddings', 2048) + 2,
      embedding: number(options, 'wordEmbedProjDim', number(options, 'hiddenSize', 768)),
      lastNorms: options.doLayerNormBefore === false ? 0 : 2,
    },
  );

const small = {
  vocabSize: 30,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  intermediateSize: 24,
};
const smallOpt = {
  vocabSize: 30,
  hiddenSize: 16,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  ffnDim: 24,
  maxPositionEmbeddings: 20,
};

describe('presets of decoders', () => {
  beforeAll(() => useBackend('cpu'));

  // As their cards say, or transformers' num_parameters().
  test.each<[string, number, Sizes]>([
    ['gpt2', 124_439_808, gpt2(gpt2Presets.gpt2)],
    ['gpt2-medium', 354_823_168, gpt2(gpt2Presets['gpt2-medium'])],
    ['gpt2-xl', 1_557_611_200, gpt2(gpt2Presets['gpt2-xl'])],
    ['distilgpt2', 81_912_576, gpt2(gpt2Presets.distilgpt2)],
    ['Llama-2-7b', 6_738_415_616, llama(llamaPresets['Llama-2-7b'])],
    ['Meta-Llama-3-8B', 8_030_261_248, llama(llamaPresets['Meta-Llama-3-8B'])],
    ['Llama-3.2-1B', 1_235_814_400, llama(llamaPresets['Llama-3.2-1B'])],
    ['Llama-3.2-3B', 3_212_749_824, llama(llamaPresets['Llama-3.2-3B'])],
    ['TinyLlama-1.1B', 1_100_048_384, llama(llamaPresets['TinyLlama-1.1B'])],
    ['SmolLM2-135M', 134_515_008, llama(llamaPresets['SmolLM2-135M'])],
    ['SmolLM2-360M', 361_821_120, llama(llamaPresets['SmolLM2-360M'])],
    ['Mistral-7B-v0.1', 7_241_732_096, mistral(mistralPresets['Mistral-7B-v0.1'])],
    ['Mistral-7B-v0.3', 7_248_023_552, mistral(mistralPresets['Mistral-7B-v0.3'])],
    ['Qwen2-0.5B', 494_032_768, qwen2(qwen2Presets['Qwen2-0.5B'])],
    ['Qwen2-1.5B', 1_543_714_304, qwen2(qwen2Presets['Qwen2-1.5B'])],
    ['Qwen2-7B', 7_615_616_512, qwen2(qwen2Presets['Qwen2-7B'])],
    ['gpt-neox-20b', 20_554_567_680, gptNeoX(gptNeoXPresets['gpt-neox-20b'])],
    ['pythia-70m', 70_426_624, gptNeoX(gptNeoXPresets['pythia-70m'])],
    ['pythia-160m', 162_322_944, gptNeoX(gptNeoXPresets['pythia-160m'])],
    ['pythia-410m', 405_334_016, gptNeoX(gptNeoXPresets['pythia-410m'])],
    ['pythia-1b', 1_011_781_632, gptNeoX(gptNeoXPresets['pythia-1b'])],
    ['opt-125m', 125_239_296, opt(optPresets['opt-125m'])],
    ['opt-350m', 331_196_416, opt(optPresets['opt-350m'])],
    ['opt-1.3b', 1_315_758_080, opt(optPresets['opt-1.3b'])],
  ])('%s has %d parameters', (_, parameters, sizes) => {
    expect(count(sizes)).toBe(parameters);
  });

  test.each<[string, () => CausalLM, Sizes]>([
    [
      'GPT-2',
      () => GPT2LMHeadModel.fromConfig({ vocabSize: 30, nEmbd: 16, nLayer: 2, nHead: 2 }),
      gpt2({ vocabSize: 30, nEmbd: 16, nLayer: 2 }),
    ],
    ['Llama', () => LlamaForCausalLM.fromConfig({ ...small, headDim: 6 }), llama({ ...small, headDim: 6 })],
    [
      'Mistral',
      () => MistralForCausalLM.fromConfig({ ...small, numKeyValueHeads: 2 }),
      mistral({ ...small, numKeyValueHeads: 2 }),
    ],
    [
      'Qwen2',
      () => Qwen2ForCausalLM.fromConfig({ ...small, numKeyValueHeads: 2 }),
      qwen2({ ...small, numKeyValueHeads: 2 }),
    ],
    ['GPT-NeoX', () => GPTNeoXForCausalLM.fromConfig({ ...small, rotaryPct: 0.5 }), gptNeoX(small)],
    [
      'OPT',
      () => OPTForCausalLM.fromConfig({ ...smallOpt, wordEmbedProjDim: 8 }),
      opt({ ...smallOpt, wordEmbedProjDim: 8 }),
    ],
  ])('%s has what the formula counts', (_, make, sizes) => {
    const model = make();
    expect(model.countParameters()).toBe(count(sizes));
    model.dispose();
  });
});
