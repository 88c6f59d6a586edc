import type { GPTNeoXOptions } from './config.js';

const pythia = { vocabSize: 50_304, eosTokenId: 0, rotaryPct: 0.25 };

/** Sizes that were published. */
export const gptNeoXPresets = {
  'gpt-neox-20b': { rotaryPct: 0.25, eosTokenId: 0 },
  'pythia-70m': {
    ...pythia,
    hiddenSize: 512,
    intermediateSize: 2048,
    numHiddenLayers: 6,
    numAttentionHeads: 8,
  },
  'pythia-160m': {
    ...pythia,
    hiddenSize: 768,
    intermediateSize: 3072,
    numHiddenLayers: 12,
    numAttentionHeads: 12,
  },
  'pythia-410m': {
    ...pythia,
    hiddenSize: 1024,
    intermediateSize: 4096,
    numHiddenLayers: 24,
    numAttentionHeads: 16,
  },
  'pythia-1b': {
    ...pythia,
    hiddenSize: 2048,
    intermediateSize: 8192,
    numHiddenLayers: 16,
    numAttentionHeads: 8,
  },
} as const satisfies Record<string, GPTNeoXOptions>;
