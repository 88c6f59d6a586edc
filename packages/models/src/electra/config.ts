import { z } from 'zod';
import { bertKeys } from '../bert/config.js';
import { positiveInteger, rate } from '../config.js';
import { encoderConfigKeys, encoderSchema } from '../encoder/config.js';
import { activationName } from '../family/activation.js';

const shape = {
  modelType: z.literal('electra').default('electra'),
  ...bertKeys,
  /** Width E of the embeddings. */
  embeddingSize: positiveInteger.default(128),
  hiddenSize: positiveInteger.default(256),
  numAttentionHeads: positiveInteger.default(4),
  intermediateSize: positiveInteger.default(1024),
  /** What a choice is scored by: the first position, through a layer of its own. */
  summaryType: z.literal('first', 'must be first: other summaries are not supported').default('first'),
  /** Whether there is this layer; without it the activation stands alone. */
  summaryUseProj: z.boolean().default(true),
  summaryActivation: activationName.nullable().default('gelu'),
  /** Whether this layer is as wide as there are labels, which no layer for choices could read: it must not. */
  summaryProjToLabels: z.boolean().optional(),
  /** Share that is dropped in training before the layer, and behind its activation. */
  summaryFirstDropout: rate.optional(),
  summaryLastDropout: rate.default(0.1),
};

export const electraSchema = encoderSchema(shape, ['numAttentionHeads', 'hiddenSize']);
export const electraConfigKeys = encoderConfigKeys(shape);

/** Configuration of ELECTRA's models. */
export type ElectraConfig = z.output<typeof electraSchema>;
/** What `fromConfig` takes: all has a default, that of electra-small-discriminator. */
export type ElectraOptions = z.input<typeof electraSchema>;
