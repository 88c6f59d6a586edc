import type { DecoderFamily } from '../decoder/family.js';
import { llamaDecoder, llamaFamily } from '../llama/family.js';
import { type Qwen2Config, qwen2ConfigKeys } from './config.js';

/** Qwen2: Llama with biases of queries, keys and values, and layers that see a window only, where it is said so. */
export const qwen2: DecoderFamily<Qwen2Config> = llamaFamily(qwen2ConfigKeys, (config) =>
  llamaDecoder(config, {
    bias: true,
    outputBias: false,
    window: (i) => (hasWindow(config, i) ? (config.slidingWindow ?? 4096) - 1 : undefined),
  }),
);

function hasWindow({ useSlidingWindow, maxWindowLayers, layerTypes }: Qwen2Config, i: number): boolean {
  if (!useSlidingWindow) return false;
  return layerTypes ? layerTypes[i] === 'sliding_attention' : i >= maxWindowLayers;
}
