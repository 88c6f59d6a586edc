import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryFiles, openFiles, readSafetensors, writeSafetensors } from '@chui/hub';
import { jit, randomState } from '@chui/runtime';
import { moments, type Scalar, type Tensor, tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { loadFromFiles } from '../../../../test/support/load_layers_model.js';
import { type ModelCase, modelCases } from '../../../../test/support/model_case.js';
import type { BertOptions } from '../bert/config.js';
import * as models from '../index.js';
import { layersModelFiles } from '../layers_model_files.js';
import type { EncoderModel, EncoderOutput } from './encoder_model.js';

const encoders = new Set(['bert', 'distilbert', 'roberta', 'xlm-roberta', 'camembert', 'albert', 'electra']);
const cases = modelCases((type) => encoders.has(type));
const checkpoint = (name: string) => join(cases.find((each) => each.name === name)!.directory, 'checkpoint');

type AnyEncoder = EncoderModel<never, never, EncoderOutput>;
const classOf = ({ architecture }: Pick<ModelCase, 'architecture'>) =>
  (models as unknown as Record<string, typeof models.BertModel>)[architecture]!;
const load = async (given: ModelCase) =>
  (await classOf(given).fromPretrained(join(given.directory, 'checkpoint'))) as unknown as AnyEncoder;

const numbers = (value: Tensor) => Array.from(value.dataSync());
const ids = [
  [5, 9, 30, 7],
  [4, 8, 0, 0],
];
const attentionMask = [
  [1, 1, 1, 1],
  [1, 1, 0, 0],
];
const tiny = {
  vocabSize: 31,
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 12,
  maxPositionEmbeddings: 14,
};

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-encoder-'));
});
afterEach(() => rm(directory, { recursive: true }));

onEveryBackend((backend) => {
  const natively = backend === 'native' ? cases : [];
  test.each(natively)('$name is saved as it was loaded', async (given) => {
    const model = await load(given);
    await model.savePretrained(directory);
    const before = JSON.parse(await readFile(join(given.directory, 'checkpoint', 'config.json'), 'utf8'));
    const after = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'));
    expect(after).toMatchObject(before);
    const read = async (path: string) => readSafetensors(new Uint8Array(await readFile(path)), path).tensors;
    const saved = await read(join(directory, 'model.safetensors'));
    const sharded = given.name === 'bert-sharded';
    const files = sharded
      ? [1, 2, 3, 4].map((i) => `model-0000${i}-of-00004.safetensors`)
      : ['model.safetensors'];
    const tensors = await Promise.all(files.map((file) => read(join(given.directory, 'checkpoint', file))));
    const old = new Map(tensors.flatMap((each) => [...each]));
    expect([...saved.keys()].sort()).toEqual([...old.keys()].sort());
    // A bias that nothing reads is written as the one that is read.
    const written = new Map(model.parameters().map(({ name }) => [name, name]));
    for (const [name, { data }] of saved) {
      const source = written.get(name) ?? name.replace('.bias', '.decoder.bias');
      expect(data, name).toEqual(old.get(source)!.data);
    }
    const again = (await classOf(given).fromPretrained(directory)) as unknown as AnyEncoder;
    expect(again.newParameters).toEqual([]);
    expect(await models.readModelSizes(await openFiles(directory))).toEqual({
      vocabSize: model.sizes.vocabSize,
      maxTokens: model.maxTokens,
      isDecoder: false,
      padTokenId: model.sizes.padTokenId,
    });
    again.parameters().forEach(({ variable }, i) => {
      expect(numbers(variable)).toEqual(numbers(model.parameters()[i]!.variable));
    });
    model.dispose();
    again.dispose();
  });

  const exported = natively.filter(
    ({ architecture, inputs }) => !architecture.includes('MultipleChoice') && inputs.inputIds,
  );
  test.each(exported)('$name as a LayersModel', async (given) => {
    const model = await load(given);
    const layersModel = model.toLayersModel();
    const files = await layersModelFiles(layersModel);
    const loaded = await loadFromFiles(files);
    tidy(() => {
      const rows = given.inputs.inputIds!.shape[0]!;
      const inputs = loaded.inputNames.map((name) => {
        const saved = given.inputs[name as 'inputIds'];
        const shape = given.inputs.inputIds!.shape;
        const values = saved
          ? Int32Array.from(saved.data as never, Number)
          : new Int32Array(rows * shape[1]!);
        return tensor(values, shape, 'int32');
      });
      const named = Object.fromEntries(loaded.inputNames.map((name, i) => [name, inputs[i]!]));
      const outputs = [loaded.predict(inputs)].flat() as Tensor[];
      const expected = model.forward(named as never) as unknown as Record<string, Tensor>;
      const [first] = Object.values(expected);
      const values = numbers(outputs[0]!);
      // The answer's logits stand side by side in the LayersModel.
      const of = (i: number) => (given.architecture.endsWith('Answering') ? values[2 * i]! : values[i]!);
      for (const [i, value] of numbers(first!).entries()) expect(of(i)).toBeCloseTo(value, 4);
    });
    // A layer that is used twice counts twice.
    for (const layer of loaded.layers) while (layer.dispose().refCountAfterDispose > 0);
    model.dispose();
  });

  test('a configuration of 2021 gives the same model', async () => {
    const given = cases.find(({ name }) => name === 'bert-masked-lm')!;
    const old = await readFile(join(given.directory, 'config.old-style.json'), 'utf8');
    const weights = new Uint8Array(await readFile(join(checkpoint('bert-masked-lm'), 'model.safetensors')));
    const files = memoryFiles({ 'config.json': old, 'model.safetensors': weights });
    const [now, before] = [await load(given), await models.AutoModelForMaskedLM.fromFiles(files)];
    tidy(() => {
      const inputs = { inputIds: ids, attentionMask };
      expect(numbers(before.forward(inputs).logits)).toEqual(
        numbers((now as never as models.BertForMaskedLM).forward(inputs).logits),
      );
    });
    expect(JSON.parse(before.configFile())).toMatchObject(JSON.parse(old));
    now.dispose();
    before.dispose();
  });

  test('a head begins anew on a checkpoint of another, and the encoder is the same', async () => {
    const options = { config: { numLabels: 3 }, seed: 5 };
    const from = checkpoint('bert-masked-lm');
    const [a, b] = [
      await models.AutoModelForSequenceClassification.fromPretrained(from, options),
      await models.AutoModelForSequenceClassification.fromPretrained(from, options),
    ];
    expect([...a.newParameters].sort()).toEqual([
      'bert.pooler.dense.bias',
      'bert.pooler.dense.weight',
      'classifier.bias',
      'classifier.weight',
    ]);
    expect(a.config.id2label).toEqual({ 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' });
    const base = await models.AutoModel.fromPretrained(from);
    expect([...base.newParameters].sort()).toEqual(['pooler.dense.bias', 'pooler.dense.weight']);
    tidy(() => {
      const logits = a.forward({ inputIds: ids, attentionMask }).logits;
      expect(logits.shape).toEqual([2, 3]);
      expect(numbers(b.forward({ inputIds: ids, attentionMask }).logits)).toEqual(numbers(logits));
      const hidden = a.forward({ inputIds: ids }, { outputHiddenStates: true }).hiddenStates!.at(-1)!;
      expect(numbers(base.forward({ inputIds: ids }).lastHiddenState)).toEqual(numbers(hidden));
    });
    // What the checkpoint lacks is drawn as in a new model.
    const anew = models.BertForSequenceClassification.fromConfig(a.config as BertOptions, { seed: 5 });
    const state = randomState();
    const drawn = new Map(anew.namedParameters());
    for (const [name, variable] of a.namedParameters()) {
      if (a.newParameters.includes(name)) expect(numbers(variable)).toEqual(numbers(drawn.get(name)!));
    }
    for (const name of ['bert-masked-lm', 'bert-sequence-classification']) {
      const again = await models.BertForSequenceClassification.fromPretrained(checkpoint(name), { seed: 5 });
      expect(randomState()).toEqual(state);
      again.dispose();
    }
    anew.dispose();
    // A base model's names have no prefix; a model with a head takes them all the same.
    await base.savePretrained(directory);
    const again = await models.AutoModelForTokenClassification.fromPretrained(directory);
    expect([...again.newParameters].sort()).toEqual(['classifier.bias', 'classifier.weight']);
    for (const each of [a, b, base, again]) each.dispose();
  });

  test('weights begin as transformers has them, by seed', () => {
    const options = { ...tiny, vocabSize: 500, hiddenSize: 64, initializerRange: 0.05 };
    const [a, b] = [1, 1].map((seed) => models.BertModel.fromConfig(options, { seed })) as [
      models.BertModel,
      models.BertModel,
    ];
    tidy(() => {
      a.parameters().forEach(({ name, variable }, i) => {
        expect(numbers(variable)).toEqual(numbers(b.parameters()[i]!.variable));
        if (variable.rank === 1) {
          const expected = name.endsWith('LayerNorm.weight') ? 1 : 0;
          expect(new Set(numbers(variable))).toEqual(new Set([expected]));
        } else if (variable.size > 1000) {
          const { mean, variance } = moments(variable);
          expect(Math.abs(mean.dataSync()[0]!)).toBeLessThan(0.01);
          expect(Math.sqrt(variance.dataSync()[0]!)).toBeCloseTo(0.05, 2);
        }
      });
      const table = a.parameters().find(({ name }) => name === 'embeddings.word_embeddings.weight')!.variable;
      expect(numbers(table).slice(0, 64)).toEqual(Array(64).fill(0));
    });
    a.dispose();
    b.dispose();
  });

  test('recomputing, compiling and smoothing give what they should', () => {
    const model = models.ElectraForTokenClassification.fromConfig(
      { ...tiny, embeddingSize: 6, numLabels: 3, hiddenDropoutProb: 0, attentionProbsDropoutProb: 0 },
      { seed: 2 },
    );
    tidy(() => {
      const labels = [
        [0, 2, 1, -100],
        [1, 1, -100, -100],
      ];
      const inputs = { inputIds: ids, attentionMask, labels };
      const lossOf = (options = {}) =>
        variableGrads(
          () => model.forward(inputs, { training: true, ...options }).loss as Scalar,
          model.trainableVariables(),
        );
      const [plain, again] = [lossOf(), lossOf({ recompute: true })];
      expect(numbers(again.value)).toEqual(numbers(plain.value));
      for (const [name, gradient] of Object.entries(plain.grads)) {
        const recomputed = numbers(again.grads[name]!);
        for (const [i, value] of numbers(gradient).entries()) expect(recomputed[i]).toBeCloseTo(value, 6);
      }
      const compiled = jit(
        (inputIds: Tensor, mask: Tensor) => model.forward({ inputIds, attentionMask: mask }).logits,
      );
      const logits = compiled(tensor(ids, [2, 4], 'int32'), tensor(attentionMask, [2, 4], 'int32'));
      for (const [i, value] of numbers(model.forward({ inputIds: ids, attentionMask }).logits).entries())
        expect(numbers(logits)[i]).toBeCloseTo(value, 5);
      compiled.dispose();
      const smooth = model.forward(inputs, { labelSmoothing: 0.2 }).loss!;
      expect(numbers(smooth)).not.toEqual(numbers(plain.value));
    });
    model.dispose();
  });

  test('dropout is drawn in training alone', () => {
    const model = models.BertForSequenceClassification.fromConfig(tiny, { seed: 3 });
    tidy(() => {
      const logits = (training: boolean) => numbers(model.forward({ inputIds: ids }, { training }).logits);
      expect(logits(false)).toEqual(logits(false));
      expect(logits(true)).not.toEqual(logits(true));
    });
    model.dispose();
  });
});

describe('bad input', () => {
  const make = () => models.BertForSequenceClassification.fromConfig({ ...tiny, numLabels: 3 });
  test.each([
    [{ inputIds: [[31]] }, 'inputIds must be ids from 0 to 30, but has 31'],
    [{ inputIds: [Array(15).fill(1)] }, 'length must not exceed maxLength 14, but is 15'],
    [
      { inputIds: ids, attentionMask: [[1, 1]] },
      "attentionMask must have inputIds' shape [2,4], but has [1,2]",
    ],
    [
      {
        inputIds: ids,
        tokenTypeIds: [
          [2, 0, 0, 0],
          [0, 0, 0, 0],
        ],
      },
      'tokenTypeIds must be ids from 0 to 1, but has 2',
    ],
    [{ inputIds: ids, labels: [0, 3] }, 'labels must be classes from 0 to 2, or -100, but has 3'],
    [{ inputIds: ids, labels: [0] }, 'labels must have the shape [2], but has [1]'],
    [{ inputIds: ids, labels: [0, Number.NaN] }, 'labels must be numbers, but has NaN'],
    [{ inputIds: [] }, 'inputIds must have at least one row and one column, but is empty'],
  ])('%j', (inputs, message) => {
    const model = make();
    expect(() => model.forward(inputs as never)).toThrow(message);
    model.dispose();
  });

  test.each([
    [{ hiddenSize: 9 }, 'bert: numAttentionHeads: must divide hiddenSize 9, but is 2'],
    [{ hiddenAct: 'swigloo' }, 'hiddenAct: must be one of gelu,'],
    [{ padTokenId: 31 }, 'padTokenId: must be below vocabSize 31, but is 31'],
    [{ isDecoder: true }, 'isDecoder: must be false: this is an encoder, but is true'],
    [{ positionEmbeddingType: 'relative_key' }, 'positionEmbeddingType: must be absolute'],
    [
      { numLabels: 2, id2label: { 0: 'a' } },
      'numLabels: must be the number of names in id2label, 1, but is 2',
    ],
    [{ id2label: { 0: 'a', 2: 'b' } }, 'id2label: must name the classes from 0 to 1'],
    [{ hiddenDropoutProb: 1 }, 'hiddenDropoutProb: must be below 1, but is 1'],
  ])('%j', (config, message) => {
    expect(() => models.BertModel.fromConfig({ ...tiny, ...config } as never)).toThrow(message);
  });

  const config = JSON.stringify({ model_type: 'bert', ...snakeOf(tiny) });
  test('files that are no model, or another', async () => {
    const from = (files: Record<string, string | Uint8Array>) =>
      models.AutoModelForMaskedLM.fromFiles(memoryFiles(files, 'm'));
    await expect(from({})).rejects.toThrow('m must have a config.json, but has none: it holds no model');
    await expect(from({ 'config.json': '{' })).rejects.toThrow('m/config.json must be JSON');
    await expect(from({ 'config.json': '{"model_type": "gpt9"}' })).rejects.toThrow(
      'm/config.json: model_type must be one of bert, distilbert, roberta, xlm-roberta, camembert, albert, electra for AutoModelForMaskedLM, but is "gpt9"',
    );
    await expect(from({ 'config.json': config })).rejects.toThrow('model.safetensors');
    await expect(from({ 'config.json': config, 'pytorch_model.bin': new Uint8Array(3) })).rejects.toThrow(
      /pickle/,
    );
  });

  test('weights that are missing, of another shape, or too many', async () => {
    const given = cases.find(({ name }) => name === 'bert-masked-lm')!;
    const path = join(given.directory, 'checkpoint', 'model.safetensors');
    const text = await readFile(join(given.directory, 'checkpoint', 'config.json'), 'utf8');
    const { tensors } = readSafetensors(new Uint8Array(await readFile(path)), 'x');
    const changed = async (change: (all: typeof tensors) => void, options = {}) => {
      const all = new Map(tensors);
      change(all);
      const files = { 'config.json': text, 'model.safetensors': writeSafetensors(all) };
      return models.AutoModelForMaskedLM.fromFiles(memoryFiles(files, 'm'), options);
    };
    const key = 'bert.encoder.layer.1.output.dense.bias';
    await expect(changed((all) => all.delete(key))).rejects.toThrow(
      `must hold the tensor ${key}, but does not`,
    );
    const short = { dtype: 'F32' as const, shape: [3], data: new Float32Array(3) };
    await expect(changed((all) => all.set(key, short))).rejects.toThrow(
      `${key} must have the shape [32], but has [3]`,
    );
    // Only another shape can be ignored.
    const lenient = { ignoreMismatchedSizes: true };
    const model = await changed((all) => all.set(key, short), lenient);
    expect(model.newParameters).toEqual([key]);
    model.dispose();
    for (const name of [key, 'cls.predictions.transform.dense.bias']) {
      await expect(changed((all) => all.delete(name), lenient)).rejects.toThrow(
        `m/model.safetensors must hold the tensor ${name}, but does not`,
      );
    }
    const other = 'bert.encoder.layer.2.output.dense.bias';
    await expect(changed((all) => all.set(other, short))).rejects.toThrow(
      `holds the tensor ${other}, which the model does not have`,
    );
  });
});

function snakeOf(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
