import { Activate, Dropout, FirstPosition, Linear } from '@chui/layers';
import type { layers } from '@tensorflow/tfjs-layers';
import {
  answer,
  bertEncoder,
  classifier,
  classifierDropout,
  tokenLogits,
  tokenTransform,
} from '../bert/family.js';
import type { EncoderFamily } from '../encoder/family.js';
import { activationOf } from '../family/activation.js';
import { blockNames } from '../family/family.js';
import { type ElectraConfig, electraConfigKeys } from './config.js';
import { electraWeights } from './weights.js';

/** The layer before the score of a choice, or its activation alone. @see ElectraSequenceSummary in Hugging Face's library */
function summary(config: ElectraConfig): layers.Layer {
  const { summaryUseProj, summaryActivation, summaryProjToLabels, hiddenSize } = config;
  const activation = summaryActivation ? activationOf(summaryActivation) : 'linear';
  if (!summaryUseProj) return new Activate({ name: 'summary_activation', activation });
  if (summaryProjToLabels) {
    throw new RangeError('electra: summaryProjToLabels must be false for choices, but is true');
  }
  return new Linear({ name: 'summary', units: hiddenSize, activation });
}

/** ELECTRA: BERT's encoder with narrow embeddings and no pooler. */
export const electra: EncoderFamily<ElectraConfig> = {
  prefix: 'electra',
  weights: electraWeights,
  configKeys: electraConfigKeys,
  duplicates: {
    'generator_lm_head.weight': 'electra.embeddings.word_embeddings.weight',
  },
  savedBlocks: ({ numHiddenLayers }) => blockNames(numHiddenLayers),
  encoder: (config) => ({ ...bertEncoder(config), embeddingWidth: config.embeddingSize }),
  pooler: () => [],
  tokenHead: (config) => tokenTransform(config.embeddingSize, config, 'gelu'),
  tokenLogits,
  sequenceHead: (config, units) => [
    new FirstPosition({ name: 'first_position' }),
    classifierDropout(config),
    new Linear({ name: 'classifier_dense', units: config.hiddenSize, activation: 'gelu' }),
    new Dropout({
      name: 'classifier_output_dropout',
      rate: config.classifierDropout ?? config.hiddenDropoutProb,
    }),
    new Linear({ name: 'classifier_output', units }),
  ],
  choiceHead: (config) => [
    new FirstPosition({ name: 'first_position' }),
    ...(config.summaryFirstDropout
      ? [new Dropout({ name: 'summary_first_dropout', rate: config.summaryFirstDropout })]
      : []),
    summary(config),
    new Dropout({ name: 'summary_dropout', rate: config.summaryLastDropout }),
    classifier(1),
  ],
  tokenClassHead: (config, units) => [classifierDropout(config), classifier(units)],
  answerHead: () => [answer()],
};
