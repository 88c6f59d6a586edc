import { z } from 'zod';
import { tokenId } from '../config.js';

/** The keys that every decoder's configuration has besides those of all families. */
export const decoderKeys = {
  padTokenId: tokenId.nullable().default(null),
  bosTokenId: tokenId.nullish(),
  eosTokenId: z.union([tokenId, z.array(tokenId)]).nullish(),
  // What would be another model.
  addCrossAttention: z.literal(false, 'must be false: decoders here attend to no encoder').optional(),
};
