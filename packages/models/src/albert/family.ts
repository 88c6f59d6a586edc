import { Dropout } from '@chui/layers';
import { answer, bertEncoder, classifier, pooler, tokenLogits, tokenTransform } from '../bert/family.js';
import type { EncoderFamily } from '../encoder/family.js';
import { type AlbertConfig, albertConfigKeys } from './config.js';
import { albertWeights } from './weights.js';

export { pooler };

const dropout = (rate: number): Dropout => new Dropout({ name: 'classifier_dropout', rate });

/** Groups of layers share a block, or several that stand one after the other in each layer. */
function blocksOf({ numHiddenLayers, numHiddenGroups, innerGroupNum }: AlbertConfig): string[] {
  return Array.from({ length: numHiddenLayers }, (_, i) => {
    const group = Math.floor(i / (numHiddenLayers / numHiddenGroups));
    return Array.from({ length: innerGroupNum }, (_, j) => `group_${group}_${j}`);
  }).flat();
}

/** The blocks of all groups: where there are more than layers, some are of no layer. */
const savedBlocksOf = ({ numHiddenGroups, innerGroupNum }: AlbertConfig): string[] =>
  Array.from({ length: numHiddenGroups }, (_, i) =>
    Array.from({ length: innerGroupNum }, (_, j) => `group_${i}_${j}`),
  ).flat();

/** ALBERT: BERT's encoder with narrow embeddings, and layers that share their weights. */
export const albert: EncoderFamily<AlbertConfig> = {
  prefix: 'albert',
  weights: albertWeights,
  configKeys: albertConfigKeys,
  duplicates: {
    'predictions.decoder.weight': 'albert.embeddings.word_embeddings.weight',
    'predictions.decoder.bias': 'predictions.bias',
  },
  encoder: (config) => ({
    ...bertEncoder(config),
    embeddingWidth: config.embeddingSize,
    projected: true,
    feedForwardDropout: 0,
    blocks: blocksOf(config),
  }),
  savedBlocks: savedBlocksOf,
  pooler,
  tokenHead: (config) => tokenTransform(config.embeddingSize, config),
  tokenLogits,
  sequenceHead: (config, units) => [
    ...pooler(config),
    dropout(config.classifierDropoutProb ?? 0),
    classifier(units),
  ],
  tokenClassHead: (config, units) => [
    dropout(config.classifierDropoutProb ?? config.hiddenDropoutProb),
    classifier(units),
  ],
  answerHead: () => [answer()],
};
