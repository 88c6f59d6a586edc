import { memoryFiles, writeSafetensors } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import * as models from '../index.js';

const sizes = {
  ...{ vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2 },
  intermediateSize: 4,
};

beforeAll(() => useBackend('cpu'));

// As MODEL_FOR_PRETRAINING_MAPPING of transformers has them.
test.each([
  ['bert', models.BertForPreTraining],
  ['albert', models.AlbertForPreTraining],
  ['electra', models.ElectraForPreTraining],
  ['roberta', models.RobertaForMaskedLM],
  ['xlm-roberta', models.XLMRobertaForMaskedLM],
  ['camembert', models.CamembertForMaskedLM],
  ['distilbert', models.DistilBertForMaskedLM],
])('%s is pretrained by its class', (modelType, expected) => {
  const own =
    modelType === 'distilbert' ? { vocabSize: 9, dim: 4, nLayers: 1, nHeads: 2, hiddenDim: 4 } : sizes;
  const model = models.AutoModelForPreTraining.fromConfig({ modelType, ...own });
  expect(model).toBeInstanceOf(expected);
  model.dispose();
});

const decoder = { modelType: 'gpt2', vocabSize: 9, nPositions: 8, nEmbd: 4, nLayer: 1, nHead: 2 };

test('decoders are models without a head, and classifiers, too', async () => {
  const model = models.AutoModel.fromConfig(decoder);
  expect(model).toBeInstanceOf(models.GPT2Model);
  const files = memoryFiles(await model.toFiles(), 'm');
  expect(await models.readModelSizes(files)).toEqual({
    ...{ vocabSize: 9, maxTokens: 8, isDecoder: true, padTokenId: null },
  });
  const classifier = await models.AutoModelForSequenceClassification.fromFiles(files, {
    config: { numLabels: 3 },
  });
  expect(classifier).toBeInstanceOf(models.GPT2ForSequenceClassification);
  expect(classifier.newParameters).toEqual(['score.weight']);
  await expect(models.AutoModelForMaskedLM.fromFiles(files)).rejects.toThrow(
    /^m\/config\.json: model_type must be one of bert, .* for AutoModelForMaskedLM, but is "gpt2"$/,
  );
  classifier.dispose();
  model.dispose();
});

describe('a config.json without model_type', () => {
  const filesOf = async (change: object) => {
    const model = models.BertForMaskedLM.fromConfig(sizes);
    const files = await model.toFiles();
    model.dispose();
    const { model_type: _, ...config } = JSON.parse(files['config.json'] as string);
    return memoryFiles({ ...files, 'config.json': JSON.stringify({ ...config, ...change }) }, 'm');
  };

  test('is of what its architectures say', async () => {
    for (const auto of [
      models.AutoModel,
      models.AutoModelForMaskedLM,
      models.AutoModelForTokenClassification,
    ]) {
      const model = await (auto as typeof models.AutoModel).fromFiles(await filesOf({ model_type: null }));
      expect(model.config.modelType).toBe('bert');
      expect(JSON.parse(model.configFile()).model_type).toBe('bert');
      model.dispose();
    }
  });

  test.each([[{ architectures: null }], [{ architectures: [] }], [{ architectures: ['GptModel'] }]])(
    '%j is refused',
    async (change) => {
      await expect(models.AutoModel.fromFiles(await filesOf(change))).rejects.toThrow(
        /^m\/config\.json: model_type must be one of bert, .* for AutoModel, but is not given$/,
      );
    },
  );
});

test('options that are not known are refused', async () => {
  const files = memoryFiles(
    { 'config.json': '{"model_type": "bert"}', 'model.safetensors': writeSafetensors([]) },
    'm',
  );
  const message = 'options must have known keys, but have confg; config is probably meant';
  const options = { confg: { numLabels: 3 } } as never;
  await expect(models.AutoModel.fromPretrained('./nowhere', options)).rejects.toThrow(message);
  await expect(models.AutoModel.fromFiles(files, options)).rejects.toThrow(message);
  await expect(models.BertModel.fromPretrained('./nowhere', options)).rejects.toThrow(message);
  expect(() => models.BertModel.fromConfig(sizes, { sed: 1 } as never)).toThrow(
    'options must have known keys, but have sed; seed is probably meant',
  );
});
