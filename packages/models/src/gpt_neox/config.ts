import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';
import { decoderKeys } from '../decoder/config.js';
import { rotaryKeys } from '../decoder/rotary_config.js';
import { activationName } from '../family/activation.js';
import { familySchema, keysOf } from '../family/config.js';

const shape = {
  modelType: z.literal('gpt_neox').default('gpt_neox'),
  ...decoderKeys,
  bosTokenId: decoderKeys.bosTokenId.default(0),
  eosTokenId: decoderKeys.eosTokenId.default(2),
  vocabSize: positiveInteger.default(50432),
  /** Width D of the states. */
  hiddenSize: positiveInteger.default(6144),
  numHiddenLayers: positiveInteger.default(44),
  numAttentionHeads: positiveInteger.default(64),
  /** Width of the hidden layer of the feed-forward networks. */
  intermediateSize: positiveInteger.default(24576),
  hiddenAct: activationName.default('gelu'),
  maxPositionEmbeddings: positiveInteger.default(2048),
  layerNormEps: z.number().positive('must be positive').default(1e-5),
  /** Shares that are dropped in training: of attention weights, of embeddings and what joins the states. */
  attentionDropout: rate.default(0),
  hiddenDropout: rate.default(0),
  /** Whether self-attention and the feed-forward network read the same states. */
  useParallelResidual: z.boolean().default(true),
  attentionBias: z.boolean().default(true),
  tieWordEmbeddings: z.boolean().default(false),
  ...rotaryKeys,
  /** Share of a head's columns that are turned, in older files; now partial_rotary_factor of ropeParameters. */
  rotaryPct: z.number().gt(0, 'must be above 0').max(1, 'must be at most 1').nullish(),
  /** Base of the rotary frequencies, in older files. */
  rotaryEmbBase: z.number().gt(1, 'must be above 1').nullish(),
};

export const gptNeoXSchema = familySchema(shape, ['numAttentionHeads', 'hiddenSize']);
export const gptNeoXConfigKeys = keysOf(shape);

/** Configuration of GPT-NeoX' models. */
export type GPTNeoXConfig = z.output<typeof gptNeoXSchema>;
/** What `fromConfig` takes: all has a default, that of gpt-neox-20b. */
export type GPTNeoXOptions = z.input<typeof gptNeoXSchema>;
