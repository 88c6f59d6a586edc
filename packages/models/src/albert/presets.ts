import type { AlbertOptions } from './config.js';

/** Configurations of the second version by the names under which checkpoints of them are known. */
export const albertPresets = {
  'albert-base-v2': { hiddenSize: 768, numAttentionHeads: 12, intermediateSize: 3072 },
  'albert-large-v2': { hiddenSize: 1024, numHiddenLayers: 24, numAttentionHeads: 16, intermediateSize: 4096 },
  'albert-xlarge-v2': {
    hiddenSize: 2048,
    numHiddenLayers: 24,
    numAttentionHeads: 16,
    intermediateSize: 8192,
  },
  'albert-xxlarge-v2': {},
} as const satisfies Record<string, AlbertOptions>;
