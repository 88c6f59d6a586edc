import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';
import { decoderKeys } from '../decoder/config.js';
import { activationName } from '../family/activation.js';
import { familySchema, keysOf } from '../family/config.js';

const shape = {
  modelType: z.literal('gpt2').default('gpt2'),
  ...decoderKeys,
  vocabSize: positiveInteger.default(50257),
  /** Rows of the table of positions. */
  nPositions: positiveInteger.default(1024),
  /** Width D of the states. */
  nEmbd: positiveInteger.default(768),
  nLayer: positiveInteger.default(12),
  nHead: positiveInteger.default(12),
  /** Width of the hidden layer of the feed-forward networks; 4 · nEmbd if it is null. */
  nInner: positiveInteger.nullish(),
  activationFunction: activationName.default('gelu_new'),
  /** Shares that are dropped in training: of what joins the states, of embeddings, of attention weights. */
  residPdrop: rate.default(0.1),
  embdPdrop: rate.default(0.1),
  attnPdrop: rate.default(0.1),
  layerNormEpsilon: z.number().positive('must be positive').default(1e-5),
  /** Whether scores are divided by the root of a head's width. */
  scaleAttnWeights: z.boolean().default(true),
  /** Whether those of the i-th layer are divided by i + 1 too. */
  scaleAttnByInverseLayerIdx: z.boolean().default(false),
};

export const gpt2Schema = familySchema(shape, ['nHead', 'nEmbd']);
export const gpt2ConfigKeys = keysOf(shape);

/** Configuration of GPT-2's models. */
export type GPT2Config = z.output<typeof gpt2Schema>;
/** What `fromConfig` takes: all has a default, that of gpt2. */
export type GPT2Options = z.input<typeof gpt2Schema>;
