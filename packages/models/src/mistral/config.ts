import { z } from 'zod';
import { positiveInteger } from '../config.js';
import { familySchema, keysOf } from '../family/config.js';
import { llamaKeys } from '../llama/config.js';

const shape = {
  modelType: z.literal('mistral').default('mistral'),
  ...llamaKeys,
  intermediateSize: positiveInteger.default(14336),
  numKeyValueHeads: positiveInteger.nullable().default(8),
  maxPositionEmbeddings: positiveInteger.default(4096 * 32),
  /** Slots that a query sees, its own among them; all if it is null. */
  slidingWindow: positiveInteger.nullable().default(4096),
};

export const mistralSchema = familySchema(shape);
export const mistralConfigKeys = keysOf(shape);

/** Configuration of Mistral's models. */
export type MistralConfig = z.output<typeof mistralSchema>;
/** What `fromConfig` takes: all has a default, that of Mistral 7B. */
export type MistralOptions = z.input<typeof mistralSchema>;
