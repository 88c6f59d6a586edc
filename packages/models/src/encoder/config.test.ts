import { memoryFiles } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, test } from 'vitest';
import { BertModel } from '../bert/bert.js';
import { parseConfig, writeConfig } from '../config.js';
import { DistilBertModel } from '../distilbert/distilbert.js';
import { savedConfig } from '../model.js';
import type { EncoderConfig } from './config.js';

beforeAll(() => useBackend('cpu'));

const files = memoryFiles({}, 'm');
const bert = (saved: object, changes?: object) =>
  savedConfig(BertModel as never, files, { model_type: 'bert', ...saved }, changes as never) as EncoderConfig;
const distilBert = (saved: object, changes?: object) =>
  savedConfig(
    DistilBertModel as never,
    files,
    { model_type: 'distilbert', ...saved },
    changes as never,
  ) as object;

const two = { id2label: { 0: 'a', 1: 'b' }, label2id: { a: 0, b: 1 } };
const three = {
  id2label: { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' },
  label2id: { LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 },
};

describe('names of classes, of a file and of a caller', () => {
  test.each<[saved: object, changes: object | undefined, names: object]>([
    [{}, undefined, { id2label: undefined, label2id: undefined }],
    [two, undefined, two],
    [{ num_labels: 3 }, undefined, three],
    [{ num_labels: 3, id2label: null, label2id: null }, undefined, three],
    [{ num_labels: null, ...two }, undefined, two],
    [{ num_labels: 3, ...two }, undefined, three],
    [{ id2label: two.id2label }, undefined, two],
    [{ ...two, label2id: null }, undefined, two],
    [{ id2label: two.id2label, label2id: { a: '0', b: '1' } }, undefined, two],
    [{ id2label: two.id2label, label2id: { a: 'x', b: 'y' } }, undefined, two],
    [{ id2label: { 0: 1, 1: 5 } }, undefined, { id2label: { 0: '1', 1: '5' }, label2id: { 1: 0, 5: 1 } }],
    [{ label2id: { a: 0 } }, undefined, { id2label: undefined, label2id: undefined }],
    [two, { numLabels: 3 }, three],
    [two, { numLabels: 2 }, two],
    [two, { numLabels: undefined }, two],
    [{ num_labels: 5 }, { numLabels: 3 }, three],
    [two, { id2label: { 0: 'x' } }, { id2label: { 0: 'x' }, label2id: { x: 0 } }],
    [{ num_labels: 2 }, { id2label: { 0: 'x' } }, { id2label: { 0: 'x' }, label2id: { x: 0 } }],
    [two, { label2id: { a: 0, b: 1, c: 1 } }, { ...two, label2id: { a: 0, b: 1, c: 1 } }],
  ])('%j, %j', (saved, changes, names) => {
    const { id2label, label2id } = bert(saved, changes);
    expect({ id2label, label2id }).toEqual(names);
  });
});

describe('keys', () => {
  // As transformers 5.24 writes them by `to_json_file(use_diff=False)`.
  const nulls = {
    ...{ architectures: null, classifier_dropout: null, problem_type: null, dtype: null },
    ...{ bos_token_id: null, eos_token_id: null, position_embedding_type: null },
  };

  test.each([undefined, null])('may lack the model_type: %s', (model_type) => {
    expect(bert({ model_type })).toMatchObject({ modelType: 'bert' });
  });

  test('that are null are read', () => {
    const config = bert(nulls);
    expect(config).toMatchObject({ architectures: [], classifierDropout: null, problemType: null });
    expect(config.otherKeys).toEqual({ dtype: null, bos_token_id: null, eos_token_id: null });
  });

  test('of a file that no model reads are kept and written as they were', () => {
    const others = { transformers_version: '5.24.0', _name_or_path: '', hiddenSize: 3, other_keys: [1] };
    const config = bert({ ...others, hidden_size: 24 });
    expect(config).toMatchObject({ hiddenSize: 24, otherKeys: others });
    const { otherKeys, ...rest } = config;
    const written = JSON.parse(writeConfig(rest, { others: otherKeys, marked: false }));
    expect(written).toMatchObject({ ...others, hidden_size: 24 });
    expect(written).not.toHaveProperty('num_labels');
  });

  test('that transformers has other names for', () => {
    const sizes = { dim: 24, nHeads: 3, nLayers: 1 };
    const aliases = { hidden_size: 24, num_attention_heads: 3, num_hidden_layers: 1 };
    expect(distilBert(aliases)).toMatchObject(sizes);
    expect(distilBert({ dim: 12, ...aliases })).toMatchObject(sizes);
    const changes = { hiddenSize: 24, numAttentionHeads: 3, numHiddenLayers: 1 };
    expect(distilBert({ dim: 12 }, changes)).toMatchObject(sizes);
    expect(distilBert({}, changes)).not.toHaveProperty('hiddenSize');
    const model = DistilBertModel.fromConfig({ ...changes, hiddenDim: 4, vocabSize: 9 } as never);
    expect(model.sizes).toMatchObject({ width: 24, numHeads: 3, numLayers: 1 });
    model.dispose();
  });

  test.each([
    [{ num_labels: 3 }, 'config must have known keys, but have num_labels; numLabels is probably meant'],
    [{ hidden_size: 3 }, 'config must have known keys, but have hidden_size; hiddenSize is probably meant'],
    [{ dropout: 0.1, hiddensize: 3 }, 'config must have known keys, but have dropout; '],
  ])('of a caller that are not known: %j', (changes, message) => {
    expect(() => bert({}, changes)).toThrow(message);
    expect(() => BertModel.fromConfig(changes as never)).toThrow(message);
  });

  test('of a caller, with bad values', () => {
    expect(() => distilBert({}, { hiddenSize: -1 })).toThrow('config: dim: must be positive, but is -1');
    expect(() => distilBert({ hidden_size: -1 })).toThrow('m/config.json: dim: must be positive, but is -1');
  });

  test('of a caller by the names of another architecture', () => {
    expect(() => distilBert({}, { hidden_size: 3 })).toThrow('hidden_size; hiddenSize is probably meant');
    expect(() => distilBert({}, { hiddenDropoutProb: 0 })).toThrow(
      'have hiddenDropoutProb; there are modelType, ',
    );
  });
});

describe('errors', () => {
  test.each<[saved: object, changes: object | undefined, message: string]>([
    [{ layer_norm_eps: 0 }, undefined, 'm/config.json: layer_norm_eps: must be positive, but is 0'],
    [{ layer_norm_eps: '1e-5' }, undefined, 'm/config.json: layer_norm_eps: must be a number, but is "1e-5"'],
    [{ hidden_size: null }, undefined, 'm/config.json: hidden_size: must be a whole number, but is null'],
    [{ id2label: [] }, undefined, 'm/config.json: id2label: must be an object, but is []'],
    [{ id2label: { 0: null } }, undefined, 'm/config.json: id2label.0: must be a text, but is null'],
    [{ id2label: 'x' }, undefined, 'm/config.json: id2label: must be an object, but is "x"'],
    [{ architectures: 'x' }, undefined, 'm/config.json: architectures: must be a list, but is "x"'],
    [
      { tie_word_embeddings: 1 },
      undefined,
      'm/config.json: tie_word_embeddings: must be true or false, but is 1',
    ],
    [
      { problem_type: 'x' },
      undefined,
      'm/config.json: problem_type: must be one of regression, single_label_classification, multi_label_classification, but is "x"',
    ],
    [
      { hidden_size: 9, num_attention_heads: 2 },
      undefined,
      'm/config.json: num_attention_heads: must divide hidden_size 9, but is 2',
    ],
    [{ model_type: 'roberta' }, undefined, 'm/config.json: model_type must be bert, but is roberta'],
    [{}, { layerNormEps: 0 }, 'config: layerNormEps: must be positive, but is 0'],
    [
      two,
      { id2label: { 0: 'a' }, numLabels: 2 },
      'config: numLabels: must be the number of names in id2label, 1, but is 2',
    ],
  ])('%j, %j', (saved, changes, message) => {
    expect(() => bert(saved, changes)).toThrow(new RangeError(message));
  });

  test('a key that is lacking', () => {
    const { schema } = BertModel;
    expect(() => parseConfig(schema, [], 'bert')).toThrow('bert: must be an object, but is []');
  });
});
