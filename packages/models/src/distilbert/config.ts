import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';
import { encoderConfigKeys, encoderSchema } from '../encoder/config.js';
import { activationName } from '../family/activation.js';

const shape = {
  modelType: z.literal('distilbert').default('distilbert'),
  vocabSize: positiveInteger.default(30522),
  /** Rows of the table of positions. */
  maxPositionEmbeddings: positiveInteger.default(512),
  /** Whether the table of positions begins with sinusoids; like any other it is trained, and saved. */
  sinusoidalPosEmbds: z.boolean().default(false),
  nLayers: positiveInteger.default(6),
  nHeads: positiveInteger.default(12),
  /** Width D of the states. */
  dim: positiveInteger.default(768),
  /** Width of the hidden layer of the feed-forward networks. */
  hiddenDim: positiveInteger.default(3072),
  /** Share that is dropped in training, of embeddings and of what the networks add to the states. */
  dropout: rate.default(0.1),
  attentionDropout: rate.default(0.1),
  activation: activationName.default('gelu'),
  /** Before the answer's layer. */
  qaDropout: rate.default(0.1),
  /** Before the classifier of sequences. */
  seqClassifDropout: rate.default(0.2),
};

export const distilBertSchema = encoderSchema(shape, ['nHeads', 'dim']);
export const distilBertConfigKeys = encoderConfigKeys(shape);

/** Configuration of DistilBERT's models. */
export type DistilBertConfig = z.output<typeof distilBertSchema>;
/** What `fromConfig` takes: all has a default, that of distilbert-base-uncased. */
export type DistilBertOptions = z.input<typeof distilBertSchema>;
