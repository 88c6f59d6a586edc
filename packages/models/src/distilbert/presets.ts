import type { DistilBertOptions } from './config.js';

/** Configurations by the names under which checkpoints of them are known. */
export const distilBertPresets = {
  'distilbert-base-uncased': {},
  'distilbert-base-cased': { vocabSize: 28996 },
  'distilbert-base-multilingual-cased': { vocabSize: 119547 },
} as const satisfies Record<string, DistilBertOptions>;
