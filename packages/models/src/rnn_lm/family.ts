import type { DecoderFamily } from '../decoder/family.js';
import { blockNames } from '../family/family.js';
import { attentionOf } from '../rnn_seq2seq/attention.js';
import { type RnnLMConfig, rnnLMConfigKeys } from './config.js';
import { RnnDecoder } from './rnn_decoder.js';
import { rnnLMWeights } from './weights.js';

/** Recurrent language models, of LSTMs or GRUs, with or without attention. */
export const rnnLM: DecoderFamily<RnnLMConfig> = {
  prefix: 'rnn',
  weights: rnnLMWeights,
  configKeys: rnnLMConfigKeys,
  duplicates: { 'lm_head.weight': 'rnn.tokens.weight' },
  isOwn: true,
  savedBlocks: ({ numLayers }) => blockNames(numLayers),
  decoder: (config) =>
    new RnnDecoder({
      vocabSize: config.vocabSize,
      width: config.hiddenSize,
      embeddingWidth: config.embeddingSize ?? config.hiddenSize,
      numLayers: config.numLayers,
      cell: config.cell,
      attention: config.attention === 'none' ? undefined : attentionOf(config.attention, config),
      dropout: config.dropout,
      maxPositions: Infinity,
      isRecurrent: true,
      padTokenId: config.padTokenId,
      tied: config.tieWordEmbeddings,
    }),
};
