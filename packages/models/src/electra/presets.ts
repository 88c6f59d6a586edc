import type { ElectraOptions } from './config.js';

/** Configurations of discriminators by the names under which checkpoints of them are known. */
export const electraPresets = {
  'electra-small-discriminator': {},
  'electra-base-discriminator': {
    embeddingSize: 768,
    hiddenSize: 768,
    numAttentionHeads: 12,
    intermediateSize: 3072,
  },
  'electra-large-discriminator': {
    embeddingSize: 1024,
    hiddenSize: 1024,
    numHiddenLayers: 24,
    numAttentionHeads: 16,
    intermediateSize: 4096,
  },
} as const satisfies Record<string, ElectraOptions>;
