import { GatedFeedForward, GroupedQueryAttention, RMSNorm } from '@chui/layers';
import type { DecoderConfig, DecoderFamily } from '../decoder/family.js';
import { rotaryOf } from '../decoder/rotary_config.js';
import { TransformerDecoder } from '../decoder/transformer_decoder.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type LlamaConfig, llamaConfigKeys } from './config.js';
import { llamaWeights } from './weights.js';

/** What differs between Llama and its relatives. */
interface Particulars {
  /** Whether projections of queries, keys and values have biases, that of the context, and the feed-forward network's layers. */
  readonly bias?: boolean;
  readonly outputBias?: boolean;
  readonly networkBias?: boolean;
  /** Slots before its own that a query of the i-th layer sees, where not all. */
  window?(i: number): number | undefined;
}

type LlamaKeys = Omit<LlamaConfig, 'modelType' | 'bosTokenId' | 'eosTokenId' | 'attentionBias' | 'mlpBias'>;

/** The decoder of a configuration with Llama's keys. */
export function llamaDecoder(
  config: LlamaKeys,
  { bias = false, outputBias = bias, networkBias = false, window }: Particulars = {},
): TransformerDecoder {
  const { hiddenSize: width, numAttentionHeads: numHeads } = config;
  const keyDim = config.headDim ?? Math.floor(width / numHeads);
  const windows = Array.from({ length: config.numHiddenLayers }, (_, i) => window?.(i) ?? Infinity);
  const reach = Math.max(...windows);
  return new TransformerDecoder({
    vocabSize: config.vocabSize,
    width,
    numLayers: config.numHiddenLayers,
    maxPositions: config.maxPositionEmbeddings,
    padTokenId: config.padTokenId,
    embeddingDropout: 0,
    dropout: 0,
    ...(reach < Infinity && { reach }),
    attention: (i) => {
      const windowSize = windows[i]!;
      return new GroupedQueryAttention({
        numHeads,
        numKeyValueHeads: config.numKeyValueHeads ?? numHeads,
        keyDim,
        causal: true,
        dropout: config.attentionDropout,
        useBias: bias,
        useOutputBias: outputBias,
        positions: rotaryOf(config),
        ...(windowSize < Infinity && { windowSize }),
      });
    },
    feedForward: () =>
      new GatedFeedForward({
        hiddenDim: config.intermediateSize,
        activation: activationOf(config.hiddenAct),
        useBias: networkBias,
      }),
    norm: () => new RMSNorm({ epsilon: config.rmsNormEps }),
    placement: 'pre',
    tied: config.tieWordEmbeddings,
  });
}

/** What the families of Llama and its relatives share. */
export const llamaFamily = <C extends DecoderConfig & Pick<LlamaConfig, 'numHiddenLayers'>>(
  configKeys: ReadonlySet<string>,
  decoder: (config: C) => TransformerDecoder,
): DecoderFamily<C> => ({
  prefix: 'model',
  weights: llamaWeights,
  configKeys,
  duplicates: { 'lm_head.weight': 'model.embed_tokens.weight' },
  buffers: /(^|\.)rotary_emb\.inv_freq$/,
  savedBlocks: ({ numHiddenLayers }) => blockNames(numHiddenLayers),
  decoder,
});

/** Llama: rotary positions, grouped queries, gated networks, norms by root mean squares before the parts. */
export const llama: DecoderFamily<LlamaConfig> = llamaFamily(llamaConfigKeys, (config) =>
  llamaDecoder(config, { bias: config.attentionBias, networkBias: config.mlpBias }),
);
