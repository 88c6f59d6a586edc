import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';
import { decoderKeys } from '../decoder/config.js';
import { rotaryKeys } from '../decoder/rotary_config.js';
import { activationName } from '../family/activation.js';
import { familySchema, keysOf } from '../family/config.js';

/** The keys that Llama's relatives have too. */
export const llamaKeys = {
  ...decoderKeys,
  bosTokenId: decoderKeys.bosTokenId.default(1),
  eosTokenId: decoderKeys.eosTokenId.default(2),
  vocabSize: positiveInteger.default(32000),
  /** Width D of the states. */
  hiddenSize: positiveInteger.default(4096),
  /** Width of the hidden layer of the feed-forward networks. */
  intermediateSize: positiveInteger.default(11008),
  numHiddenLayers: positiveInteger.default(32),
  numAttentionHeads: positiveInteger.default(32),
  /** Heads of keys and values; as many as of queries if it is null. */
  numKeyValueHeads: positiveInteger.nullish(),
  /** Width of a head; hiddenSize over numAttentionHeads if it is null. */
  headDim: positiveInteger.nullish(),
  hiddenAct: activationName.default('silu'),
  maxPositionEmbeddings: positiveInteger.default(2048),
  rmsNormEps: z.number().positive('must be positive').default(1e-6),
  /** Share of attention weights that is dropped in training. */
  attentionDropout: rate.default(0),
  tieWordEmbeddings: z.boolean().default(false),
  ...rotaryKeys,
};

const shape = {
  modelType: z.literal('llama').default('llama'),
  ...llamaKeys,
  /** Whether the projections of self-attention have biases. */
  attentionBias: z.boolean().default(false),
  /** Whether the layers of the feed-forward networks do. */
  mlpBias: z.boolean().default(false),
};

export const llamaSchema = familySchema(shape);
export const llamaConfigKeys = keysOf(shape);

/** Configuration of Llama's models. */
export type LlamaConfig = z.output<typeof llamaSchema>;
/** What `fromConfig` takes: all has a default, that of Llama 7B. */
export type LlamaOptions = z.input<typeof llamaSchema>;
