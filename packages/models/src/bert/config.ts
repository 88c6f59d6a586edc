import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';
import { encoderConfigKeys, encoderSchema } from '../encoder/config.js';
import { activationName } from '../family/activation.js';

/** The sizes that BERT's relatives have too. */
export const bertKeys = {
  vocabSize: positiveInteger.default(30522),
  /** Width D of the states. */
  hiddenSize: positiveInteger.default(768),
  numHiddenLayers: positiveInteger.default(12),
  numAttentionHeads: positiveInteger.default(12),
  /** Width of the hidden layer of the feed-forward networks. */
  intermediateSize: positiveInteger.default(3072),
  hiddenAct: activationName.default('gelu'),
  /** Share that is dropped in training, of embeddings and of what joins the states. */
  hiddenDropoutProb: rate.default(0.1),
  /** Share of attention weights that is dropped in training. */
  attentionProbsDropoutProb: rate.default(0.1),
  /** Rows of the table of positions. */
  maxPositionEmbeddings: positiveInteger.default(512),
  /** Kinds of segments. */
  typeVocabSize: positiveInteger.default(2),
  layerNormEps: z.number().positive('must be positive').default(1e-12),
  /** Share that is dropped in training before a classifier; `hiddenDropoutProb` if it is null. */
  classifierDropout: rate.nullish(),
};

const shape = { modelType: z.literal('bert').default('bert'), ...bertKeys };

export const bertSchema = encoderSchema(shape, ['numAttentionHeads', 'hiddenSize']);
export const bertConfigKeys = encoderConfigKeys(shape);

/** Configuration of BERT's models. */
export type BertConfig = z.output<typeof bertSchema>;
/** What `fromConfig` takes: all has a default, that of bert-base-uncased. */
export type BertOptions = z.input<typeof bertSchema>;
