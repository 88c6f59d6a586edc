import { FeedForward, LayerNorm, MultiHeadAttention } from '@chui/layers';
import type { DecoderFamily } from '../decoder/family.js';
import { rotaryOf } from '../decoder/rotary_config.js';
import { TransformerDecoder } from '../decoder/transformer_decoder.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type GPTNeoXConfig, gptNeoXConfigKeys } from './config.js';
import { gptNeoXWeights } from './weights.js';

/** GPT-NeoX: rotary positions of a part of each head, parts that read the same states, one product for queries, keys and values. */
export const gptNeoX: DecoderFamily<GPTNeoXConfig> = {
  prefix: 'gpt_neox',
  weights: gptNeoXWeights,
  configKeys: gptNeoXConfigKeys,
  duplicates: { 'embed_out.weight': 'gpt_neox.embed_in.weight' },
  buffers: /(^|\.)attention\.(bias|masked_bias|rotary_emb\.inv_freq)$|(^|\.)rotary_emb\.inv_freq$/,
  savedBlocks: ({ numHiddenLayers }) => blockNames(numHiddenLayers),
  decoder: (config) =>
    new TransformerDecoder({
      vocabSize: config.vocabSize,
      width: config.hiddenSize,
      numLayers: config.numHiddenLayers,
      maxPositions: config.maxPositionEmbeddings,
      padTokenId: null,
      embeddingDropout: config.hiddenDropout,
      dropout: config.hiddenDropout,
      attention: () =>
        new MultiHeadAttention({
          numHeads: config.numAttentionHeads,
          causal: true,
          dropout: config.attentionDropout,
          useBias: config.attentionBias,
          fusedProjection: 'perHead',
          positions: positionsOf(config),
        }),
      feedForward: () =>
        new FeedForward({ hiddenDim: config.intermediateSize, activation: activationOf(config.hiddenAct) }),
      norm: () => new LayerNorm({ epsilon: config.layerNormEps }),
      placement: 'pre',
      parallel: config.useParallelResidual,
      tied: config.tieWordEmbeddings,
    }),
};

function positionsOf(config: GPTNeoXConfig) {
  const { hiddenSize, numAttentionHeads, ropeParameters, rotaryPct, rotaryEmbBase, ropeTheta } = config;
  const share = Number(ropeParameters?.partial_rotary_factor ?? rotaryPct ?? 0.25);
  const rotaryDim = Math.floor((hiddenSize / numAttentionHeads) * share);
  return rotaryOf({ ...config, ropeTheta: ropeTheta ?? rotaryEmbBase }, rotaryDim);
}
