import { Dropout, FirstPosition, LayerNorm, Linear } from '@chui/layers';
import { answer, classifier, tokenLogits } from '../bert/family.js';
import type { EncoderFamily } from '../encoder/family.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type DistilBertConfig, distilBertConfigKeys } from './config.js';
import { distilBertWeights } from './weights.js';

const EPSILON = 1e-12;

/** DistilBERT: BERT's encoder without segments and pooler, and with dropout in other places. */
export const distilBert: EncoderFamily<DistilBertConfig> = {
  prefix: 'distilbert',
  weights: distilBertWeights,
  configKeys: distilBertConfigKeys,
  duplicates: {
    'vocab_projector.weight': 'distilbert.embeddings.word_embeddings.weight',
  },
  savedBlocks: ({ nLayers }) => blockNames(nLayers),
  encoder: (config) => ({
    vocabSize: config.vocabSize,
    width: config.dim,
    numLayers: config.nLayers,
    numHeads: config.nHeads,
    hiddenDim: config.hiddenDim,
    activation: activationOf(config.activation),
    dropout: config.dropout,
    attentionDropout: config.attentionDropout,
    selfAttentionDropout: 0,
    epsilon: EPSILON,
    maxPositions: config.maxPositionEmbeddings,
    sinusoidalPositions: config.sinusoidalPosEmbds,
    segments: 0,
    padTokenId: config.padTokenId,
  }),
  pooler: () => [],
  tokenHead: ({ dim: units, activation }) => [
    new Linear({ name: 'token_transform', units, activation: activationOf(activation) }),
    new LayerNorm({ name: 'token_norm', epsilon: EPSILON }),
  ],
  tokenLogits,
  sequenceHead: (config, units) => [
    new FirstPosition({ name: 'first_position' }),
    new Linear({ name: 'classifier_dense', units: config.dim, activation: 'relu' }),
    new Dropout({ name: 'classifier_dropout', rate: config.seqClassifDropout }),
    classifier(units),
  ],
  tokenClassHead: (config, units) => [
    new Dropout({ name: 'classifier_dropout', rate: config.dropout }),
    classifier(units),
  ],
  answerHead: ({ qaDropout }) => [new Dropout({ name: 'answer_dropout', rate: qaDropout }), answer()],
};
