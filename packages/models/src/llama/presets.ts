import type { LlamaOptions } from './config.js';

const llama3 = {
  vocabSize: 128_256,
  bosTokenId: 128_000,
  eosTokenId: 128_001,
  numKeyValueHeads: 8,
  rmsNormEps: 1e-5,
  ropeTheta: 500_000,
};
const llama32 = {
  ...llama3,
  intermediateSize: 8192,
  maxPositionEmbeddings: 131_072,
  headDim: 64,
  tieWordEmbeddings: true,
  ropeScaling: {
    rope_type: 'llama3',
    factor: 32,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  },
};
const smolLM2 = {
  vocabSize: 49_152,
  bosTokenId: 0,
  eosTokenId: 0,
  maxPositionEmbeddings: 8192,
  rmsNormEps: 1e-5,
  ropeTheta: 100_000,
  tieWordEmbeddings: true,
};

/** Sizes that were published; each states what differs from llama-7b. */
export const llamaPresets = {
  'llama-7b': {},
  'Llama-2-7b': { maxPositionEmbeddings: 4096, rmsNormEps: 1e-5 },
  'Meta-Llama-3-8B': { ...llama3, intermediateSize: 14_336, maxPositionEmbeddings: 8192 },
  'Llama-3.2-1B': { ...llama32, hiddenSize: 2048, numHiddenLayers: 16 },
  'Llama-3.2-3B': { ...llama32, hiddenSize: 3072, numHiddenLayers: 28, numAttentionHeads: 24, headDim: 128 },
  'TinyLlama-1.1B': {
    hiddenSize: 2048,
    intermediateSize: 5632,
    numHiddenLayers: 22,
    numKeyValueHeads: 4,
    rmsNormEps: 1e-5,
  },
  'SmolLM2-135M': {
    ...smolLM2,
    hiddenSize: 576,
    intermediateSize: 1536,
    numHiddenLayers: 30,
    numAttentionHeads: 9,
    numKeyValueHeads: 3,
  },
  'SmolLM2-360M': {
    ...smolLM2,
    hiddenSize: 960,
    intermediateSize: 2560,
    numHiddenLayers: 32,
    numAttentionHeads: 15,
    numKeyValueHeads: 5,
  },
} as const satisfies Record<string, LlamaOptions>;
