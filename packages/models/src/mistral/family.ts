import type { DecoderFamily } from '../decoder/family.js';
import { llamaDecoder, llamaFamily } from '../llama/family.js';
import { type MistralConfig, mistralConfigKeys } from './config.js';

/** Mistral: Llama with a window of slots that a query sees. */
export const mistral: DecoderFamily<MistralConfig> = llamaFamily(mistralConfigKeys, (config) => {
  const { slidingWindow } = config;
  return llamaDecoder(config, slidingWindow === null ? {} : { window: () => slidingWindow - 1 });
});
