import { z } from 'zod';
import { type FamilyConfig, familySchema, keysOf } from '../family/config.js';

/** What the configuration of every encoder has. */
export type EncoderConfig = FamilyConfig;

/** What would be another model. */
const encoderKeys = {
  isDecoder: z.literal(false, 'must be false: this is an encoder').optional(),
  addCrossAttention: z.literal(false, 'must be false: this is an encoder').optional(),
  positionEmbeddingType: z
    .literal('absolute', 'must be absolute: relative positions of BERT are not supported')
    .optional(),
};

/** The schema of an encoder's configuration: see `familySchema`. */
export const encoderSchema = <Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  divides: readonly [heads: keyof Shape & string, width: keyof Shape & string],
) => familySchema({ ...encoderKeys, ...shape }, divides as never);

/** The keys of an encoder's configuration. */
export const encoderConfigKeys = (shape: object): ReadonlySet<string> => keysOf({ ...encoderKeys, ...shape });
