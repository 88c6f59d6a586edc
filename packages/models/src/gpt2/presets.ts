import type { GPT2Options } from './config.js';

/** Sizes that were published; each states what differs from gpt2. */
export const gpt2Presets = {
  gpt2: {},
  'gpt2-medium': { nEmbd: 1024, nLayer: 24, nHead: 16 },
  'gpt2-large': { nEmbd: 1280, nLayer: 36, nHead: 20 },
  'gpt2-xl': { nEmbd: 1600, nLayer: 48, nHead: 25 },
  distilgpt2: { nLayer: 6 },
} as const satisfies Record<string, GPT2Options>;
