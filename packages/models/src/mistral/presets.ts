import type { MistralOptions } from './config.js';

/** Sizes that were published; each states what differs from Mistral-7B-v0.1. */
export const mistralPresets = {
  'Mistral-7B-v0.1': { maxPositionEmbeddings: 32_768, rmsNormEps: 1e-5 },
  'Mistral-7B-v0.3': {
    vocabSize: 32_768,
    maxPositionEmbeddings: 32_768,
    rmsNormEps: 1e-5,
    ropeTheta: 1_000_000,
    slidingWindow: null,
  },
} as const satisfies Record<string, MistralOptions>;
