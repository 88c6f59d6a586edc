import { z } from 'zod';
import { positiveInteger, rate, tokenId } from '../config.js';
import { attentionKeys, checkHeads } from './attention.js';

/** How the context reaches the decoder; see the decoders of @chui/layers. */
const decoderKinds = ['bahdanau', 'luong', 'context'] as const;

export const rnnSeq2SeqSchema = z
  .strictObject({
    modelType: z.literal('rnn_seq2seq').default('rnn_seq2seq'),
    architectures: z.array(z.string()).default(['RnnSeq2Seq']),
    vocabSize: positiveInteger,
    decoderVocabSize: positiveInteger,
    /** Width of the embeddings. */
    embeddingSize: positiveInteger.default(128),
    /** Width of the decoder's state, and of what the encoder says of a source position. */
    hiddenSize: positiveInteger.default(128),
    /** LSTM layers of the encoder; the decoder has one. */
    encoderLayers: positiveInteger.default(1),
    /** Whether the encoder also reads right to left; each direction is then hiddenSize / 2 wide. */
    bidirectional: z.boolean().default(true),
    ...attentionKeys,
    attention: attentionKeys.attention.default('additive'),
    decoder: z.enum(decoderKinds).default('luong'),
    /** Whether Luong's decoder reads its last h̃ at the next step. Without it all steps are attended to at once. */
    inputFeeding: z.boolean().default(true),
    dropout: rate.default(0),
    padTokenId: tokenId.default(0),
    eosTokenId: tokenId.default(3),
    decoderStartTokenId: tokenId.default(2),
    maxLength: positiveInteger.default(64),
  })
  .superRefine((config, context) => {
    const fail = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (config.bidirectional && config.hiddenSize % 2 !== 0)
      fail('hiddenSize', 'must be even when bidirectional');
    checkHeads(config, fail);
  });

/** Configuration of `RnnSeq2Seq`. */
export type RnnSeq2SeqConfig = z.output<typeof rnnSeq2SeqSchema>;
/** What `RnnSeq2Seq.fromConfig` takes: all but the vocabularies has a default. */
export type RnnSeq2SeqOptions = z.input<typeof rnnSeq2SeqSchema>;
