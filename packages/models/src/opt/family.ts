import { FeedForward, LayerNorm, MultiHeadAttention } from '@chui/layers';
import type { DecoderFamily } from '../decoder/family.js';
import { TransformerDecoder } from '../decoder/transformer_decoder.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type OPTConfig, optConfigKeys } from './config.js';
import { optWeights } from './weights.js';

/** OPT: learned positions that count tokens and begin at row 2, norms before the parts in all sizes but 350m. */
export const opt: DecoderFamily<OPTConfig> = {
  prefix: 'model',
  weights: optWeights,
  configKeys: optConfigKeys,
  duplicates: { 'lm_head.weight': 'model.decoder.embed_tokens.weight' },
  savedBlocks: ({ numHiddenLayers }) => blockNames(numHiddenLayers),
  decoder: (config) =>
    new TransformerDecoder({
      vocabSize: config.vocabSize,
      width: config.hiddenSize,
      ...(config.wordEmbedProjDim && { embeddingWidth: config.wordEmbedProjDim }),
      numLayers: config.numHiddenLayers,
      maxPositions: config.maxPositionEmbeddings,
      learnedPositions: { offset: 2 },
      maskPositions: true,
      padTokenId: config.padTokenId,
      embeddingDropout: 0,
      dropout: config.dropout,
      attention: () =>
        new MultiHeadAttention({
          numHeads: config.numAttentionHeads,
          causal: true,
          dropout: config.attentionDropout,
        }),
      feedForward: () =>
        new FeedForward({ hiddenDim: config.ffnDim, activation: activationOf(config.activationFunction) }),
      norm: () => new LayerNorm(),
      placement: config.doLayerNormBefore ? 'pre' : 'post',
      tied: config.tieWordEmbeddings,
    }),
};
