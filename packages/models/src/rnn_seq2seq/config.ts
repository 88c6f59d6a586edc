import { z } from 'zod';
import { positiveInteger, rate, tokenId } from '../config.js';

/** The attentions that a recurrent decoder may use, by the names of their layers. */
const attentionKinds = [
  'none',
  'additive',
  'general',
  'dot',
  'scaledDot',
  'projectedDot',
  'multiHead',
] as const;

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
    attention: z.enum(attentionKinds).default('additive'),
    /** Width of the hidden layer of additive attention, and of the projections of projected dot attention. */
    attentionUnits: positiveInteger.optional(),
    /** Heads of multi-head attention. */
    attentionHeads: positiveInteger.default(4),
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
    if (config.attention === 'multiHead' && config.hiddenSize % config.attentionHeads !== 0) {
      fail('attentionHeads', `must divide hiddenSize ${config.hiddenSize}`);
    }
  });

/** Configuration of `RnnSeq2Seq`. */
export type RnnSeq2SeqConfig = z.output<typeof rnnSeq2SeqSchema>;
/** What `RnnSeq2Seq.fromConfig` takes: all but the vocabularies has a default. */
export type RnnSeq2SeqOptions = z.input<typeof rnnSeq2SeqSchema>;
