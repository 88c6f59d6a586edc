import { z } from 'zod';
import { positiveInteger, rate, tokenId } from '../config.js';
import { decoderKeys } from '../decoder/config.js';
import { activationName } from '../family/activation.js';
import { familySchema, keysOf } from '../family/config.js';

const shape = {
  modelType: z.literal('opt').default('opt'),
  ...decoderKeys,
  padTokenId: tokenId.nullable().default(1),
  bosTokenId: decoderKeys.bosTokenId.default(2),
  eosTokenId: decoderKeys.eosTokenId.default(2),
  vocabSize: positiveInteger.default(50272),
  /** Width D of the states. */
  hiddenSize: positiveInteger.default(768),
  numHiddenLayers: positiveInteger.default(12),
  numAttentionHeads: positiveInteger.default(12),
  /** Width of the hidden layer of the feed-forward networks. */
  ffnDim: positiveInteger.default(3072),
  /** Width of the embeddings; hiddenSize if it is null. */
  wordEmbedProjDim: positiveInteger.nullish(),
  activationFunction: activationName.default('relu'),
  maxPositionEmbeddings: positiveInteger.default(2048),
  /** Whether norms stand before the parts, or behind their sums. */
  doLayerNormBefore: z.boolean().default(true),
  /** Shares that are dropped in training: of embeddings and what joins the states, of attention weights. */
  dropout: rate.default(0.1),
  attentionDropout: rate.default(0),
  initStd: z.number().nonnegative('must not be negative').default(0.02),
  // What would be another model.
  layerdrop: z.literal(0, 'must be 0: no layers are dropped here').optional(),
  enableBias: z.literal(true, 'must be true: layers without biases are not supported').optional(),
  layerNormElementwiseAffine: z
    .literal(true, 'must be true: norms without weights are not supported')
    .optional(),
  _removeFinalLayerNorm: z
    .literal(false, 'must be false: decoders without a last norm are not supported')
    .optional(),
};

export const optSchema = familySchema(shape, ['numAttentionHeads', 'hiddenSize']);
export const optConfigKeys = keysOf(shape);

/** Configuration of OPT's models. */
export type OPTConfig = z.output<typeof optSchema>;
/** What `fromConfig` takes: all has a default, that of opt-125m. */
export type OPTOptions = z.input<typeof optSchema>;
