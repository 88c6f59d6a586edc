import type { BertOptions } from './config.js';

const large = { hiddenSize: 1024, numHiddenLayers: 24, numAttentionHeads: 16, intermediateSize: 4096 };

/** Configurations by the names under which checkpoints of them are known; each says what differs from bert-base-uncased. */
export const bertPresets = {
  'bert-base-uncased': {},
  'bert-base-cased': { vocabSize: 28996 },
  'bert-base-chinese': { vocabSize: 21128 },
  'bert-base-multilingual-cased': { vocabSize: 119547 },
  'bert-large-uncased': large,
  'bert-large-cased': { ...large, vocabSize: 28996 },
  'bert-tiny': { hiddenSize: 128, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 512 },
  'bert-mini': { hiddenSize: 256, numHiddenLayers: 4, numAttentionHeads: 4, intermediateSize: 1024 },
  'bert-small': { hiddenSize: 512, numHiddenLayers: 4, numAttentionHeads: 8, intermediateSize: 2048 },
  'all-MiniLM-L6-v2': { hiddenSize: 384, numHiddenLayers: 6, intermediateSize: 1536 },
  'all-MiniLM-L12-v2': { hiddenSize: 384, intermediateSize: 1536 },
} as const satisfies Record<string, BertOptions>;
