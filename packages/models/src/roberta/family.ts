import { Dropout, FirstPosition, Linear } from '@chui/layers';
import {
  answer,
  bertEncoder,
  classifier,
  classifierDropout,
  pooler,
  tokenLogits,
  tokenTransform,
} from '../bert/family.js';
import type { EncoderFamily } from '../encoder/family.js';
import { blockNames } from '../family/family.js';
import { type RobertaConfig, robertaConfigKeys } from './config.js';
import { robertaWeights } from './weights.js';

/** RoBERTa: BERT's encoder, with positions that count tokens only, and other heads. */
export const roberta: EncoderFamily<RobertaConfig> = {
  prefix: 'roberta',
  weights: robertaWeights,
  configKeys: robertaConfigKeys,
  duplicates: {
    'lm_head.decoder.weight': 'roberta.embeddings.word_embeddings.weight',
    'lm_head.decoder.bias': 'lm_head.bias',
  },
  savedBlocks: ({ numHiddenLayers }) => blockNames(numHiddenLayers),
  encoder: (config) => ({ ...bertEncoder(config), padPositions: true }),
  pooler,
  tokenHead: (config) => tokenTransform(config.hiddenSize, config, 'gelu'),
  tokenLogits,
  sequenceHead: (config, units) => [
    new FirstPosition({ name: 'first_position' }),
    classifierDropout(config),
    new Linear({ name: 'classifier_dense', units: config.hiddenSize, activation: 'tanh' }),
    new Dropout({
      name: 'classifier_output_dropout',
      rate: config.classifierDropout ?? config.hiddenDropoutProb,
    }),
    new Linear({ name: 'classifier_output', units }),
  ],
  choiceHead: (config) => [
    ...pooler(config),
    new Dropout({ name: 'choice_dropout', rate: config.hiddenDropoutProb }),
    classifier(1),
  ],
  tokenClassHead: (config, units) => [classifierDropout(config), classifier(units)],
  answerHead: () => [answer()],
};
