import type { OPTOptions } from './config.js';

/** Sizes that were published; each states what differs from opt-125m. */
export const optPresets = {
  'opt-125m': {},
  'opt-350m': {
    hiddenSize: 1024,
    numHiddenLayers: 24,
    numAttentionHeads: 16,
    ffnDim: 4096,
    wordEmbedProjDim: 512,
    doLayerNormBefore: false,
  },
  'opt-1.3b': { hiddenSize: 2048, numHiddenLayers: 24, numAttentionHeads: 32, ffnDim: 8192 },
} as const satisfies Record<string, OPTOptions>;
