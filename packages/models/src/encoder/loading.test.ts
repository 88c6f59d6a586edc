import { memoryFiles, readSafetensors, type SavedTensor, writeSafetensors } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import * as models from '../index.js';
import type { Model } from '../model.js';

const sizes = {
  ...{ vocabSize: 31, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12 },
  maxPositionEmbeddings: 14,
};
const distil = { vocabSize: 31, dim: 8, nLayers: 2, nHeads: 2, hiddenDim: 12, maxPositionEmbeddings: 14 };
const albert = { ...sizes, embeddingSize: 6 };
const inputIds = [[5, 9, 30, 7]];

type Tensors = Map<string, SavedTensor>;
const like = (shape: number[], value = 0.5): SavedTensor => ({
  ...{ dtype: 'F32', shape },
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});
const dense = (name: string, outputs: number, inputs: number): [string, SavedTensor][] => [
  [`${name}.weight`, like([outputs, inputs])],
  [`${name}.bias`, like([outputs])],
];

const numbers = (value: Tensor) => Array.from(value.dataSync());
const weightsIn = (files: Record<string, string | Uint8Array>): Tensors =>
  new Map(readSafetensors(files['model.safetensors'] as Uint8Array, 'm').tensors);

/** The files of a new model, which is disposed, after a change. */
async function filesOf(
  model: Model,
  change: (tensors: Tensors, config: Record<string, unknown>) => void = () => {},
): Promise<Parameters<typeof models.AutoModel.fromFiles>[0]> {
  const files = await model.toFiles();
  model.dispose();
  const config = JSON.parse(files['config.json'] as string);
  const tensors = weightsIn(files);
  change(tensors, config);
  return memoryFiles(
    { 'config.json': JSON.stringify(config), 'model.safetensors': writeSafetensors(tensors) },
    'm',
  );
}

beforeAll(() => useBackend('cpu'));

describe('a checkpoint of its own class', () => {
  const tagger = () => models.BertForTokenClassification.fromConfig({ ...sizes, numLabels: 3 });
  const cases: [title: string, model: () => Model, auto: unknown, more: [string, SavedTensor][]][] = [
    ['a pooler', tagger, models.AutoModelForTokenClassification, dense('bert.pooler.dense', 8, 8)],
    ['another head', tagger, models.AutoModelForTokenClassification, dense('cls.seq_relationship', 2, 8)],
    [
      'a pooler',
      () => models.RobertaForMaskedLM.fromConfig(sizes),
      models.AutoModelForMaskedLM,
      dense('roberta.pooler.dense', 8, 8),
    ],
    [
      'another head',
      () => models.AlbertForMaskedLM.fromConfig(albert),
      models.AutoModelForMaskedLM,
      dense('sop_classifier.classifier', 2, 8),
    ],
    [
      'another head',
      () => models.ElectraForPreTraining.fromConfig(albert),
      models.AutoModelForPreTraining,
      dense('generator_predictions.dense', 6, 8),
    ],
    [
      'another head',
      () => models.BertModel.fromConfig(sizes),
      models.AutoModel,
      dense('cls.predictions.transform.dense', 8, 8),
    ],
  ];
  test.each(cases)('with %s besides', async (_, model, auto, more) => {
    const files = await filesOf(model(), (tensors) => {
      for (const [name, tensor] of more) tensors.set(name, tensor);
    });
    const loaded = await (auto as typeof models.AutoModel).fromFiles(files);
    expect(loaded.newParameters).toEqual([]);
    loaded.dispose();
  });

  test.each(['foo.bar', 'bert.foo.weight', 'classifier.scale'])(
    'with %s besides is refused',
    async (name) => {
      const files = await filesOf(tagger(), (tensors) => tensors.set(name, like([1])));
      await expect(models.AutoModelForTokenClassification.fromFiles(files)).rejects.toThrow(
        `m/model.safetensors holds the tensor ${name}, which the model does not have`,
      );
    },
  );

  test.each<[() => Model]>([
    [() => models.BertModel.fromConfig(sizes)],
    [() => models.RobertaModel.fromConfig(sizes)],
    [() => models.AlbertModel.fromConfig(albert)],
  ])('without a pooler begins with a new one: %#', async (make) => {
    const files = await filesOf(make(), (tensors) => {
      for (const name of tensors.keys()) if (name.startsWith('pooler')) tensors.delete(name);
    });
    const [a, b] = [
      await models.AutoModel.fromFiles(files, { seed: 4 }),
      await models.AutoModel.fromFiles(files, { seed: 4 }),
    ];
    expect(a.newParameters).toHaveLength(2);
    expect(a.newParameters.every((name) => name.startsWith('pooler.'))).toBe(true);
    tidy(() => {
      const pooled = [a, b].map((each) => numbers(each.forward({ inputIds }).poolerOutput!));
      expect(pooled[0]).toEqual(pooled[1]);
      expect(new Set(pooled[0]).size).toBeGreaterThan(1);
    });
    a.dispose();
    b.dispose();
  });
});

describe('logits of tokens that are untied', () => {
  const options = { ...sizes, tieWordEmbeddings: false };
  test.each<[() => Model, auto: unknown, decoder: string, bias: string]>([
    [
      () => models.BertForMaskedLM.fromConfig(options),
      models.AutoModelForMaskedLM,
      'cls.predictions.decoder',
      'cls.predictions.bias',
    ],
    [
      () => models.BertForPreTraining.fromConfig(options),
      models.AutoModelForPreTraining,
      'cls.predictions.decoder',
      'cls.predictions.bias',
    ],
    [
      () => models.RobertaForMaskedLM.fromConfig(options),
      models.AutoModelForMaskedLM,
      'lm_head.decoder',
      'lm_head.bias',
    ],
    [
      () => models.CamembertForMaskedLM.fromConfig(options),
      models.AutoModelForMaskedLM,
      'lm_head.decoder',
      'lm_head.bias',
    ],
    [
      () => models.AlbertForMaskedLM.fromConfig({ ...albert, ...options }),
      models.AutoModelForMaskedLM,
      'predictions.decoder',
      'predictions.bias',
    ],
  ])('%#: $2', async (make, auto, decoder, bias) => {
    const values = Float32Array.from({ length: 31 }, (_, i) => i / 10);
    const files = await filesOf(make(), (tensors) => {
      expect(tensors.get(bias)!.data).toEqual(tensors.get(`${decoder}.bias`)!.data);
      tensors.delete(`${decoder}.bias`);
      tensors.set(bias, { dtype: 'F32', shape: [31], data: values });
    });
    const loaded = await (auto as typeof models.AutoModelForMaskedLM).fromFiles(files);
    expect(loaded.newParameters).toEqual([]);
    const parameter = loaded.parameters().find(({ name }) => name === `${decoder}.bias`)!;
    expect(Float32Array.from(numbers(parameter.variable))).toEqual(values);
    expect(loaded.parameters().some(({ name }) => name === bias)).toBe(false);
    const saved = weightsIn(await loaded.toFiles());
    for (const name of [bias, `${decoder}.bias`]) expect(saved.get(name)!.data).toEqual(values);
    loaded.dispose();
  });
});

describe('fewer layers than the file has', () => {
  test.each<[() => Model, config: Record<string, unknown>]>([
    [() => models.BertModel.fromConfig(sizes), { numHiddenLayers: 1 }],
    [() => models.ElectraModel.fromConfig(albert), { numHiddenLayers: 1 }],
    [() => models.DistilBertModel.fromConfig(distil), { nLayers: 1 }],
    [() => models.DistilBertModel.fromConfig(distil), { numHiddenLayers: 1 }],
    [() => models.AlbertModel.fromConfig({ ...albert, numHiddenGroups: 2 }), { numHiddenLayers: 1 }],
    [() => models.AlbertModel.fromConfig({ ...albert, numHiddenGroups: 2 }), { numHiddenGroups: 1 }],
    [() => models.AlbertModel.fromConfig({ ...albert, innerGroupNum: 2 }), { innerGroupNum: 1 }],
  ])('%#: $1', async (make, config) => {
    const files = await filesOf(make());
    const whole = await models.AutoModel.fromFiles(files);
    const loaded = await models.AutoModel.fromFiles(files, { config });
    expect(loaded.newParameters).toEqual([]);
    tidy(() => {
      const states = (model: models.BaseModel) =>
        model.forward({ inputIds }, { outputHiddenStates: true }).hiddenStates!.slice(0, 2).map(numbers);
      // With one inner block the first layer is another.
      expect(states(loaded).slice(0, 'innerGroupNum' in config ? 1 : 2)).toEqual(
        states(whole).slice(0, 'innerGroupNum' in config ? 1 : 2),
      );
    });
    whole.dispose();
    loaded.dispose();
  });

  test('groups of ALBERT that no layer is of', async () => {
    const model = models.AlbertForMaskedLM.fromConfig({ ...albert, numHiddenGroups: 2 });
    const files = await filesOf(model, (_, config) => {
      config.num_hidden_layers = 1;
    });
    const loaded = await models.AutoModelForMaskedLM.fromFiles(files);
    expect(loaded.newParameters).toEqual([]);
    loaded.dispose();
    const one = await filesOf(
      models.AlbertForMaskedLM.fromConfig({ ...albert, numHiddenGroups: 2 }),
      (_, config) => {
        config.num_hidden_groups = 1;
      },
    );
    await expect(models.AutoModelForMaskedLM.fromFiles(one)).rejects.toThrow('which the model does not have');
  });

  test('are refused where only the file is at fault', async () => {
    const files = await filesOf(models.BertModel.fromConfig(sizes), (_, config) => {
      config.num_hidden_layers = 1;
    });
    for (const options of [{}, { config: { hiddenDropoutProb: 0 } }]) {
      await expect(models.AutoModel.fromFiles(files, options)).rejects.toThrow(
        /holds the tensor encoder\.layer\.1\..*, which the model does not have/,
      );
    }
  });
});

test('another number of classes than the file has', async () => {
  const files = await filesOf(
    models.BertForSequenceClassification.fromConfig({ ...sizes, id2label: { 0: 'a', 1: 'b' } }),
  );
  const auto = models.AutoModelForSequenceClassification;
  const config = { numLabels: 3 };
  await expect(auto.fromFiles(files, { config })).rejects.toThrow(
    'classifier.bias must have the shape [3], but has [2]',
  );
  const model = await auto.fromFiles(files, { config, ignoreMismatchedSizes: true });
  expect(model.numLabels).toBe(3);
  expect(model.config.label2id).toEqual({ LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 });
  expect([...model.newParameters].sort()).toEqual(['classifier.bias', 'classifier.weight']);
  model.dispose();
});

test('a configuration of a file makes a new model, with all of its keys', async () => {
  const files = await filesOf(models.BertModel.fromConfig(sizes), (_, config) => {
    config.transformers_version = '5.24.0';
  });
  const loaded = await models.AutoModel.fromFiles(files);
  const anew = models.BertModel.fromConfig(loaded.config as never);
  expect(JSON.parse(anew.configFile())).toEqual(JSON.parse(loaded.configFile()));
  expect(JSON.parse(anew.configFile()).transformers_version).toBe('5.24.0');
  loaded.dispose();
  anew.dispose();
});

test('a model is disposed once', async () => {
  const model = models.BertModel.fromConfig(sizes);
  model.dispose();
  expect(() => model.dispose()).not.toThrow();
});
