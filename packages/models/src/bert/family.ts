import { Bias, Dropout, FirstPosition, LayerNorm, Linear } from '@chui/layers';
import type { Chain, EncoderFamily } from '../encoder/family.js';
import type { TransformerEncoderOptions } from '../encoder/transformer_encoder.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type BertConfig, bertConfigKeys } from './config.js';
import { bertWeights } from './weights.js';

/** The encoder of a configuration with BERT's keys. */
export const bertEncoder = (config: BertConfigKeys): TransformerEncoderOptions => ({
  vocabSize: config.vocabSize,
  width: config.hiddenSize,
  numLayers: config.numHiddenLayers,
  numHeads: config.numAttentionHeads,
  hiddenDim: config.intermediateSize,
  activation: activationOf(config.hiddenAct),
  dropout: config.hiddenDropoutProb,
  attentionDropout: config.attentionProbsDropoutProb,
  epsilon: config.layerNormEps,
  maxPositions: config.maxPositionEmbeddings,
  segments: config.typeVocabSize,
  padTokenId: config.padTokenId,
});

export type BertConfigKeys = Omit<BertConfig, 'modelType'>;

/** tanh(x₀ · W + b) of the first position. */
export const pooler = ({ hiddenSize: units }: { hiddenSize: number }): Chain => [
  new FirstPosition({ name: 'first_position' }),
  new Linear({ name: 'pooler', units, activation: 'tanh' }),
];

export const classifierDropout = (
  config: Pick<BertConfig, 'classifierDropout' | 'hiddenDropoutProb'>,
): Dropout =>
  new Dropout({ name: 'classifier_dropout', rate: config.classifierDropout ?? config.hiddenDropoutProb });

export const classifier = (units: number): Linear => new Linear({ name: 'classifier', units });

export const answer = (): Linear => new Linear({ name: 'answer', units: 2 });

/** What stands behind the tied table: a bias; or in its place a layer of its own. */
export const tokenLogits = ({
  tieWordEmbeddings,
  vocabSize: units,
}: {
  tieWordEmbeddings: boolean;
  vocabSize: number;
}): Chain => [
  tieWordEmbeddings ? new Bias({ name: 'token_logits' }) : new Linear({ name: 'untied_logits', units }),
];

/** norm(act(x · W + b)), before logits of tokens. */
export const tokenTransform = (
  units: number,
  config: BertConfigKeys,
  activation = config.hiddenAct,
): Chain => [
  new Linear({ name: 'token_transform', units, activation: activationOf(activation) }),
  new LayerNorm({ name: 'token_norm', epsilon: config.layerNormEps }),
];

export const bert: EncoderFamily<BertConfig> = {
  prefix: 'bert',
  weights: bertWeights,
  configKeys: bertConfigKeys,
  duplicates: {
    'cls.predictions.decoder.weight': 'bert.embeddings.word_embeddings.weight',
    'cls.predictions.decoder.bias': 'cls.predictions.bias',
  },
  savedBlocks: ({ numHiddenLayers }) => blockNames(numHiddenLayers),
  encoder: bertEncoder,
  pooler,
  tokenHead: (config) => tokenTransform(config.hiddenSize, config),
  tokenLogits,
  sequenceHead: (config, units) => [...pooler(config), classifierDropout(config), classifier(units)],
  tokenClassHead: (config, units) => [classifierDropout(config), classifier(units)],
  answerHead: () => [answer()],
};
