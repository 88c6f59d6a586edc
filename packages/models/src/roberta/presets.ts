import type { RobertaOptions } from './config.js';

const base = { maxPositionEmbeddings: 514, typeVocabSize: 1, layerNormEps: 1e-5 };
const large = { hiddenSize: 1024, numHiddenLayers: 24, numAttentionHeads: 16, intermediateSize: 4096 };

/**
 * Configurations by the names under which checkpoints of them are known; those of XLM-RoBERTa and CamemBERT are for the
 * classes of these names.
 */
export const robertaPresets = {
  'roberta-base': base,
  'roberta-large': { ...base, ...large },
  'distilroberta-base': { ...base, numHiddenLayers: 6 },
  'xlm-roberta-base': { ...base, vocabSize: 250002 },
  'xlm-roberta-large': { ...base, ...large, vocabSize: 250002 },
  'camembert-base': { ...base, vocabSize: 32005 },
} as const satisfies Record<string, Omit<RobertaOptions, 'modelType'>>;
