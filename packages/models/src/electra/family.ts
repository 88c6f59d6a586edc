import { Dropout, FirstPosition, Linear } from '@chui/layers';
import {
  answer,
  bertEncoder,
  classifier,
  classifierDropout,
  tokenLogits,
  tokenTransform,
} from '../bert/family.js';
import { activationOf } from '../encoder/activation.js';
import type { EncoderFamily } from '../encoder/family.js';
import { type ElectraConfig, electraConfigKeys } from './config.js';
import { electraWeights } from './weights.js';

/** ELECTRA: BERT's encoder with narrow embeddings and no pooler. */
export const electra: EncoderFamily<ElectraConfig> = {
  prefix: 'electra',
  weights: electraWeights,
  configKeys: electraConfigKeys,
  duplicates: {
    'generator_lm_head.weight': 'electra.embeddings.word_embeddings.weight',
  },
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
    ...(config.summaryUseProj
      ? [
          new Linear({
            name: 'summary',
            units: config.hiddenSize,
            activation: config.summaryActivation ? activationOf(config.summaryActivation) : 'linear',
          }),
        ]
      : []),
    new Dropout({ name: 'summary_dropout', rate: config.summaryLastDropout }),
    classifier(1),
  ],
  tokenClassHead: (config, units) => [classifierDropout(config), classifier(units)],
  answerHead: () => [answer()],
};
