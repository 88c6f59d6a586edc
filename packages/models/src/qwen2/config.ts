import { z } from 'zod';
import { positiveInteger } from '../config.js';
import { decoderKeys } from '../decoder/config.js';
import { familySchema, keysOf } from '../family/config.js';
import { llamaKeys } from '../llama/config.js';

const shape = {
  modelType: z.literal('qwen2').default('qwen2'),
  ...llamaKeys,
  bosTokenId: decoderKeys.bosTokenId,
  eosTokenId: decoderKeys.eosTokenId,
  vocabSize: positiveInteger.default(151936),
  intermediateSize: positiveInteger.default(22016),
  numKeyValueHeads: positiveInteger.nullable().default(32),
  maxPositionEmbeddings: positiveInteger.default(32768),
  /** Whether layers from `maxWindowLayers` on see a window only. */
  useSlidingWindow: z.boolean().default(false),
  /** Slots that a query sees then, its own among them. */
  slidingWindow: positiveInteger.nullish(),
  maxWindowLayers: z.int('must be a whole number').nonnegative('must not be negative').default(28),
  /** The kind of each layer, full_attention or sliding_attention, in the place of `maxWindowLayers`. */
  layerTypes: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
};

export const qwen2Schema = familySchema(shape);
export const qwen2ConfigKeys = keysOf(shape);

/** Configuration of Qwen2's models. */
export type Qwen2Config = z.output<typeof qwen2Schema>;
/** What `fromConfig` takes: all has a default, that of Qwen2's configuration in Hugging Face's library. */
export type Qwen2Options = z.input<typeof qwen2Schema>;
