import {
  AlbertModel,
  BertForSequenceClassification,
  DistilBertForTokenClassification,
  GPT2ForSequenceClassification,
  LlamaForSequenceClassification,
} from '@chui/models';
import { useBackend } from '@chui/runtime';
import { beforeAll, expect, test } from 'vitest';
import { modelParts, withLayerRates } from './layer_rates.js';

beforeAll(async () => {
  await useBackend('cpu');
});

const sizes = { vocabSize: 9, hiddenSize: 4, numHiddenLayers: 2, numAttentionHeads: 1, intermediateSize: 4 };

const namesOf = (model: { namedParameters(): [string, unknown][]; dispose(): void }) => {
  const names = model.namedParameters().map(([name]) => name);
  model.dispose();
  return names;
};

test('parts of models are found by the names of their parameters', () => {
  const bert = namesOf(BertForSequenceClassification.fromConfig(sizes));
  const layers = ['bert.encoder.layer.0', 'bert.encoder.layer.1'];
  expect(modelParts(bert)).toEqual({ embeddings: ['bert.embeddings'], layers });
  const distil = DistilBertForTokenClassification.fromConfig({
    vocabSize: 9,
    dim: 4,
    nLayers: 2,
    nHeads: 1,
    hiddenDim: 4,
  });
  expect(modelParts(namesOf(distil))).toEqual({
    embeddings: ['distilbert.embeddings'],
    layers: ['distilbert.transformer.layer.0', 'distilbert.transformer.layer.1'],
  });
  const albert = namesOf(AlbertModel.fromConfig({ ...sizes, embeddingSize: 2 }));
  expect(modelParts(albert).layers).toEqual(['encoder.albert_layer_groups.0']);
  const gpt2 = { vocabSize: 9, nPositions: 8, nEmbd: 4, nLayer: 2, nHead: 1 };
  expect(modelParts(namesOf(GPT2ForSequenceClassification.fromConfig(gpt2)))).toEqual({
    embeddings: ['transformer.wte', 'transformer.wpe'],
    layers: ['transformer.h.0', 'transformer.h.1'],
  });
  expect(modelParts(namesOf(LlamaForSequenceClassification.fromConfig(sizes)))).toEqual({
    embeddings: ['model.embed_tokens'],
    layers: ['model.layers.0', 'model.layers.1'],
  });
});

test('lower layers stay, or learn more slowly', () => {
  const names = namesOf(BertForSequenceClassification.fromConfig(sizes));
  const layer = (index: number) => `bert.encoder.layer.${index}`;
  const args = { epochs: 1 };
  expect(withLayerRates(args, names, {})).toEqual(args);
  expect(withLayerRates(args, names, { freezeLayers: 0 }).freeze).toEqual(['bert.embeddings']);
  expect(withLayerRates(args, names, { freezeLayers: 1 }).freeze).toEqual(['bert.embeddings', layer(0)]);
  const given = { ...args, learningRates: { classifier: 2 }, freeze: ['bert.pooler'] };
  expect(withLayerRates(given, names, { freezeLayers: 1, layerDecay: 0.5 })).toEqual({
    epochs: 1,
    freeze: ['bert.pooler', 'bert.embeddings', layer(0)],
    learningRates: { classifier: 2, [layer(0)]: 0.25, [layer(1)]: 0.5, 'bert.embeddings': 0.125 },
  });
  expect(() => withLayerRates(args, names, { freezeLayers: 3 })).toThrow(
    'freezeLayers must be at most 2, the layers of the model, but is 3',
  );
});
