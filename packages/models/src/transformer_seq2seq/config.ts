import { z } from 'zod';
import { positiveInteger, rate, tokenId } from '../config.js';

export const transformerSeq2SeqSchema = z
  .strictObject({
    modelType: z.literal('transformer_seq2seq').default('transformer_seq2seq'),
    architectures: z.array(z.string()).default(['TransformerSeq2Seq']),
    vocabSize: positiveInteger,
    decoderVocabSize: positiveInteger,
    /** Width D of every state. */
    dModel: positiveInteger.default(128),
    encoderLayers: positiveInteger.default(2),
    decoderLayers: positiveInteger.default(2),
    encoderAttentionHeads: positiveInteger.default(4),
    decoderAttentionHeads: positiveInteger.default(4),
    /** Width of the hidden layer of the feed-forward parts. */
    encoderFfnDim: positiveInteger.default(512),
    decoderFfnDim: positiveInteger.default(512),
    activationFunction: z.enum(['relu', 'gelu']).default('relu'),
    dropout: rate.default(0.1),
    /** Normalise before each part (and once after the last block) instead of after it. */
    normFirst: z.boolean().default(false),
    layerNormEps: z.number().positive('must be positive').default(1e-5),
    positions: z.enum(['sinusoidal', 'learned']).default('sinusoidal'),
    /** Longest sequence on either side. */
    maxPositionEmbeddings: positiveInteger.default(512),
    /** Multiply the embeddings by √dModel. */
    scaleEmbedding: z.boolean().default(true),
    /** Use the target embedding as the output projection. */
    tieWordEmbeddings: z.boolean().default(true),
    padTokenId: tokenId.default(0),
    eosTokenId: tokenId.default(3),
    decoderStartTokenId: tokenId.default(2),
    maxLength: positiveInteger.default(64),
  })
  .superRefine((config, context) => {
    for (const name of ['encoderAttentionHeads', 'decoderAttentionHeads'] as const) {
      if (config.dModel % config[name] !== 0) {
        context.addIssue({ code: 'custom', path: [name], message: `must divide dModel ${config.dModel}` });
      }
    }
  });

/** Configuration of `TransformerSeq2Seq`. */
export type TransformerSeq2SeqConfig = z.output<typeof transformerSeq2SeqSchema>;
/** What `TransformerSeq2Seq.fromConfig` takes: all but the vocabularies has a default. */
export type TransformerSeq2SeqOptions = z.input<typeof transformerSeq2SeqSchema>;
