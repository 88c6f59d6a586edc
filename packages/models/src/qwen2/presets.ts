import type { Qwen2Options } from './config.js';

const shared = {
  bosTokenId: 151_643,
  eosTokenId: 151_643,
  maxPositionEmbeddings: 131_072,
  ropeTheta: 1_000_000,
};

/** Sizes that were published. */
export const qwen2Presets = {
  'Qwen2-0.5B': {
    ...shared,
    hiddenSize: 896,
    intermediateSize: 4864,
    numHiddenLayers: 24,
    numAttentionHeads: 14,
    numKeyValueHeads: 2,
    tieWordEmbeddings: true,
  },
  'Qwen2-1.5B': {
    ...shared,
    hiddenSize: 1536,
    intermediateSize: 8960,
    numHiddenLayers: 28,
    numAttentionHeads: 12,
    numKeyValueHeads: 2,
    tieWordEmbeddings: true,
  },
  'Qwen2-7B': {
    ...shared,
    vocabSize: 152_064,
    hiddenSize: 3584,
    intermediateSize: 18_944,
    numHiddenLayers: 28,
    numAttentionHeads: 28,
    numKeyValueHeads: 4,
  },
} as const satisfies Record<string, Qwen2Options>;
