import { FeedForward, LayerNorm, MultiHeadAttention } from '@chui/layers';
import type { DecoderFamily } from '../decoder/family.js';
import { TransformerDecoder } from '../decoder/transformer_decoder.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type GPT2Config, gpt2ConfigKeys } from './config.js';
import { gpt2Weights } from './weights.js';

/** GPT-2: learned positions, norms before the parts, one product for queries, keys and values. */
export const gpt2: DecoderFamily<GPT2Config> = {
  prefix: 'transformer',
  weights: gpt2Weights,
  configKeys: gpt2ConfigKeys,
  duplicates: { 'lm_head.weight': 'transformer.wte.weight' },
  buffers: /(^|\.)attn\.(bias|masked_bias)$/,
  residualWeights: /\/output[/_]kernel$/,
  savedBlocks: ({ nLayer }) => blockNames(nLayer),
  decoder: (config) =>
    new TransformerDecoder({
      vocabSize: config.vocabSize,
      width: config.nEmbd,
      numLayers: config.nLayer,
      maxPositions: config.nPositions,
      learnedPositions: { offset: 0 },
      padTokenId: null,
      embeddingDropout: config.embdPdrop,
      dropout: config.residPdrop,
      attention: (i) =>
        new MultiHeadAttention({
          numHeads: config.nHead,
          causal: true,
          dropout: config.attnPdrop,
          fusedProjection: 'stacked',
          ...scaleOf(config, i),
        }),
      feedForward: () =>
        new FeedForward({
          hiddenDim: config.nInner ?? 4 * config.nEmbd,
          activation: activationOf(config.activationFunction),
        }),
      norm: () => new LayerNorm({ epsilon: config.layerNormEpsilon }),
      placement: 'pre',
      tied: config.tieWordEmbeddings,
    }),
};

/** The factor of the scores of the i-th layer, where it is not 1/√K. */
function scaleOf(
  { nEmbd, nHead, scaleAttnWeights, scaleAttnByInverseLayerIdx }: GPT2Config,
  i: number,
): { scale?: number } {
  if (scaleAttnWeights && !scaleAttnByInverseLayerIdx) return {};
  const ofWidth = scaleAttnWeights ? 1 / Math.sqrt(nEmbd / nHead) : 1;
  return { scale: scaleAttnByInverseLayerIdx ? ofWidth / (i + 1) : ofWidth };
}
