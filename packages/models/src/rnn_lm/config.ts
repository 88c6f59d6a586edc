import { z } from 'zod';
import { positiveInteger, rate } from '../config.js';
import { decoderKeys } from '../decoder/config.js';
import { familySchema, keysOf } from '../family/config.js';
import { attentionKeys, checkHeads } from '../rnn_seq2seq/attention.js';

const { padTokenId, bosTokenId, eosTokenId } = decoderKeys;

const shape = {
  modelType: z.literal('rnn_lm').default('rnn_lm'),
  ...{ padTokenId, bosTokenId, eosTokenId },
  vocabSize: positiveInteger,
  /** Width E of the embeddings; hiddenSize if it is null. */
  embeddingSize: positiveInteger.nullish(),
  /** Width U of the states. */
  hiddenSize: positiveInteger.default(256),
  /** Recurrent layers, one upon the other. */
  numLayers: positiveInteger.default(2),
  /** What steps from state to state. */
  cell: z.enum(['lstm', 'gru']).default('lstm'),
  /** How the last layer's states read those before them. */
  ...attentionKeys,
  attention: attentionKeys.attention.default('none'),
  /** Share that is dropped in training of what each layer reads, and of what logits are made of; never between steps. */
  dropout: rate.default(0),
  /** Standard deviation of the first kernels and embeddings; Glorot's, and 1/√E of embeddings, if it is null. */
  initializerRange: z.number().nonnegative('must not be negative').nullable().default(null),
};

export const rnnLMSchema = familySchema(shape).superRefine((config, context) =>
  checkHeads(config, (path, message) => context.addIssue({ code: 'custom', path: [path], message })),
);
export const rnnLMConfigKeys = keysOf(shape);

/** Configuration of `RnnForCausalLM`. */
export type RnnLMConfig = z.output<typeof rnnLMSchema>;
/** What `RnnForCausalLM.fromConfig` takes: all but the size of the vocabulary has a default. */
export type RnnLMOptions = z.input<typeof rnnLMSchema>;
