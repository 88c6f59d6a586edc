import { z } from 'zod';
import { bertKeys } from '../bert/config.js';
import { positiveInteger, rate } from '../config.js';
import { encoderConfigKeys, encoderSchema } from '../encoder/config.js';
import { activationName } from '../family/activation.js';

const { classifierDropout: _, ...keys } = bertKeys;

const shape = {
  modelType: z.literal('albert').default('albert'),
  ...keys,
  vocabSize: positiveInteger.default(30000),
  /** Width E of the embeddings. */
  embeddingSize: positiveInteger.default(128),
  hiddenSize: positiveInteger.default(4096),
  /** Groups of layers that share their weights. */
  numHiddenGroups: positiveInteger.default(1),
  numAttentionHeads: positiveInteger.default(64),
  intermediateSize: positiveInteger.default(16384),
  /** Blocks one after the other in each layer. */
  innerGroupNum: positiveInteger.default(1),
  hiddenAct: activationName.default('gelu_new'),
  hiddenDropoutProb: rate.default(0),
  attentionProbsDropoutProb: rate.default(0),
  classifierDropoutProb: rate.nullable().default(0.1),
};

export const albertSchema = encoderSchema(shape, ['numAttentionHeads', 'hiddenSize']);
export const albertConfigKeys = encoderConfigKeys(shape);

/** Configuration of ALBERT's models. */
export type AlbertConfig = z.output<typeof albertSchema>;
/** What `fromConfig` takes: all has a default, that of albert-xxlarge-v2. */
export type AlbertOptions = z.input<typeof albertSchema>;
