import { memoryFiles, writeSafetensors } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { memory, tensor2d, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { BertModel } from '../bert/bert.js';
import { Pooling, type PoolingMode } from './pooling.js';
import { SentenceTransformer } from './sentence_transformer.js';

type Files = Record<string, string | Uint8Array>;

const transformer = { path: '', type: 'sentence_transformers.models.Transformer' };
const pooling = { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' };
const poolingConfig = { word_embedding_dimension: 8, pooling_mode_mean_tokens: true };
const dense = { path: '2_Dense', type: 'sentence_transformers.models.Dense' };

const denseConfig = {
  in_features: 8,
  out_features: 3,
  bias: true,
  activation_function: 'torch.nn.modules.linear.Identity',
};
const denseWeights = writeSafetensors([
  [
    'linear.weight',
    { dtype: 'F32', shape: [3, 8], data: Float32Array.from({ length: 24 }, (_, i) => i / 10) },
  ],
  ['linear.bias', { dtype: 'F32', shape: [3], data: Float32Array.of(0.5, 0, -0.5) }],
]);

/** An encoder's files, with others. */
async function filesOf(more: Record<string, unknown> = {}): Promise<Files> {
  const tokenizer = characterTokenizer(['abcdefgh ']);
  const config = {
    vocabSize: tokenizer.vocabSize,
    hiddenSize: 8,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 8,
    maxPositionEmbeddings: 10,
    initializerRange: 0.5,
  };
  const model = BertModel.fromConfig(config, { seed: 1 });
  const files: Files = {
    ...(await model.toFiles()),
    ...tokenizer.toFiles(),
    '1_Pooling/config.json': JSON.stringify(poolingConfig),
  };
  model.dispose();
  for (const [name, content] of Object.entries(more)) {
    files[name] = content instanceof Uint8Array ? content : JSON.stringify(content);
  }
  return files;
}

const load = async (more: Record<string, unknown> = {}) =>
  SentenceTransformer.fromFiles(memoryFiles(await filesOf(more), 'here'));

beforeAll(async () => {
  await useBackend('cpu');
});

describe('SentenceTransformer', () => {
  it('gives one embedding for a text, and one for each of several, in their order', async () => {
    const model = await load();
    const texts = ['abcdefg', 'a', '', 'bcd', 'a'];
    const all = await model.encode(texts, { batchSize: 2 });
    for (const [i, text] of texts.entries()) {
      const own = await model.encode(text);
      expect(own.length).toBe(8);
      for (const [j, number] of own.entries()) expect(all[i]![j]).toBeCloseTo(number, 5);
    }
    expect(await model.encode([])).toEqual([]);
    model.dispose();
  });

  it('leaves no tensor', async () => {
    const before = memory().numTensors;
    const model = await load({
      'modules.json': [transformer, pooling, dense],
      '2_Dense/config.json': denseConfig,
      '2_Dense/model.safetensors': denseWeights,
    });
    await model.encode(['abc', 'a']);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('normalizes if it is asked to', async () => {
    const model = await load();
    const plain = await model.encode('abc');
    const unit = await model.encode('abc', { normalizeEmbeddings: true });
    const length = Math.hypot(...plain);
    expect(Math.hypot(...unit)).toBeCloseTo(1, 6);
    for (const [i, number] of unit.entries()) expect(number).toBeCloseTo(plain[i]! / length, 5);
  });

  it('cuts what is longer than the files or the positions allow', async () => {
    const model = await load({ 'sentence_bert_config.json': { max_seq_length: 4, do_lower_case: true } });
    expect(model.maxSeqLength).toBe(4);
    expect(await model.encode('abcdefgh')).toEqual(await model.encode('abcd'));
    expect(await model.encode('ABC')).toEqual(await model.encode('abc'));
    expect((await load()).maxSeqLength).toBe(10);
    expect((await load({ 'sentence_bert_config.json': { max_seq_length: 99 } })).maxSeqLength).toBe(10);
  });

  it('puts prompts before texts', async () => {
    const model = await load({ 'config_sentence_transformers.json': { prompts: { query: 'ab' } } });
    const expected = await model.encode('abc');
    expect(await model.encode('c', { promptName: 'query' })).toEqual(expected);
    expect(await model.encode('c', { prompt: 'ab' })).toEqual(expected);
    expect(await model.encode('c')).not.toEqual(expected);
    const preset = { prompts: { query: 'ab' }, default_prompt_name: 'query' };
    const other = await load({ 'config_sentence_transformers.json': preset });
    expect(await other.encode('c')).toEqual(expected);
    expect(await other.encode('abc', { prompt: '' })).toEqual(expected);
    await expect(model.encode('c', { promptName: 'passage' })).rejects.toThrow(
      'promptName must be one of query, but is "passage"',
    );
  });

  it('reads the encoder from a folder of its own', async () => {
    const files = await filesOf();
    const moved = Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name.startsWith('1_Pooling') ? name : `0_Transformer/${name}`,
        content,
      ]),
    );
    moved['modules.json'] = JSON.stringify([{ ...transformer, path: '0_Transformer' }, pooling]);
    const model = await SentenceTransformer.fromFiles(memoryFiles(moved));
    expect(await model.encode('abc')).toEqual(await (await load()).encode('abc'));
  });

  it('compares embeddings', async () => {
    const model = await load();
    const [a, b] = [Float32Array.of(1, 0), Float32Array.of(3, 4)];
    expect(model.similarity(a, b)).toBeCloseTo(0.6, 6);
    expect(model.similarity([a], [a, b]).map((row) => [...row])).toEqual([[1, Math.fround(0.6)]]);
    expect(() => model.similarity(a, Float32Array.of(1))).toThrow(
      'embeddings must be of equal length, but have 2 and 1',
    );
    expect(() => model.similarity(a as never, [b] as never)).toThrow(/two embeddings, or of two lists/);
  });

  it.each([
    ['batchSize', { batchSize: 0 }, 'batchSize must be a positive integer, but is 0'],
    [
      'promptName',
      { promptName: 'x' },
      'promptName must be one of none, as the model has no prompts, but is "x"',
    ],
  ])('says what is wrong with %s', async (_name, options, message) => {
    await expect((await load()).encode('a', options)).rejects.toThrow(message);
  });

  it('refuses options that it does not have', async () => {
    const model = await load();
    await expect(model.encode('a', { normalize_embeddings: true } as never)).rejects.toThrow(
      'options must have known keys, but have normalize_embeddings; normalizeEmbeddings is probably meant',
    );
    await expect(model.encode(undefined as never)).rejects.toThrow(
      'texts must be a text or a list of texts, but is undefined',
    );
  });

  it('keeps a dropout, which does nothing to embeddings', async () => {
    const dropout = { path: '2_Dropout', type: 'sentence_transformers.models.Dropout' };
    const model = await load({
      'modules.json': [transformer, pooling, dropout],
      '2_Dropout/config.json': { dropout: 0.3 },
    });
    expect(await model.encode('abc')).toEqual(await (await load()).encode('abc'));
    const files = await model.toFiles();
    expect(JSON.parse(files['2_Dropout/config.json'] as string)).toEqual({ dropout: 0.3 });
    expect(JSON.parse(files['modules.json'] as string)[2]).toMatchObject(dropout);
  });

  it('says which text is none', async () => {
    await expect((await load()).encode(['a', 3 as never])).rejects.toThrow(
      'texts must be texts, but texts[1] is 3',
    );
  });
});

describe('what files must say', () => {
  const modules = [transformer, pooling, dense];
  const withDense = (config: object) => ({
    'modules.json': modules,
    '2_Dense/config.json': { ...denseConfig, ...config },
    '2_Dense/model.safetensors': denseWeights,
  });
  test.each([
    [{ 'modules.json': [] }, 'here/modules.json must begin with Transformer and Pooling, but has no modules'],
    [
      { 'modules.json': [pooling] },
      'here/modules.json must begin with Transformer and Pooling, but has Pooling',
    ],
    [
      { 'modules.json': [transformer, pooling, { path: '2_CNN', type: 'sentence_transformers.models.CNN' }] },
      'here/modules.json: a module after the pooling must be one of Dense, Normalize, Dropout, but is CNN',
    ],
    [
      { 'modules.json': [{ path: 1 }] },
      'here/modules.json: a module must have path and type, but is {"path":1}',
    ],
    [
      {
        'modules.json': [transformer, pooling],
        '1_Pooling/config.json': { ...poolingConfig, pooling_mode: 'median' },
      },
      'here/1_Pooling/config.json: pooling_mode must be of cls, max, mean, mean_sqrt_len_tokens, weightedmean, ' +
        'lasttoken, but has "median"',
    ],
    [
      { 'modules.json': [transformer, pooling], '1_Pooling/config.json': { word_embedding_dimension: 9 } },
      "here/1_Pooling/config.json: word_embedding_dimension must be the width 8 of the encoder's states, but is 9",
    ],
    [
      { 'modules.json': [transformer, pooling], '1_Pooling/config.json': { pooling_mode: 'mean' } },
      "here/1_Pooling/config.json: word_embedding_dimension must be the width 8 of the encoder's states, but is undefined",
    ],
    [
      { 'config_sentence_transformers.json': { prompts: ['query'] } },
      'here/config_sentence_transformers.json: prompts must be an object of texts, but is ["query"]',
    ],
    [
      { 'sentence_bert_config.json': { max_seq_length: 0 } },
      'here/sentence_bert_config.json: max_seq_length must be a positive integer, but is 0',
    ],
    [
      { 'config_sentence_transformers.json': { similarity_fn_name: 'maxsim' } },
      'here/config_sentence_transformers.json: similarity_fn_name must be one of cosine, dot, euclidean, manhattan, ' +
        'but is "maxsim"',
    ],
    [
      { 'config_sentence_transformers.json': { default_prompt_name: 'q', prompts: { p: '' } } },
      'here/config_sentence_transformers.json: default_prompt_name must be one of p, but is q',
    ],
    [
      withDense({ in_features: 9 }),
      'here/2_Dense/config.json: in_features must be the width 8 of embeddings, but is 9',
    ],
    [
      withDense({ out_features: 4 }),
      'here/2_Dense/model.safetensors: linear.bias must have the shape [4], but has [3]',
    ],
    [
      withDense({ activation_function: 'os.system' }),
      'here/2_Dense/config.json: activation_function must be torch.nn.modules.activation.Tanh or ' +
        'torch.nn.modules.linear.Identity, but is "os.system"',
    ],
    [
      withDense({ use_residual: true }),
      'here/2_Dense/config.json: use_residual must be false, but is true: it is not supported',
    ],
  ] as [Record<string, unknown>, string][])('%#', async (files, message) => {
    const before = memory().numTensors;
    await expect(load(files)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });
});

describe('Pooling', () => {
  const states = [
    [
      [1, -2],
      [3, -4],
      [8, -9],
    ],
    [
      [5, 6],
      [100, 100],
      [100, 100],
    ],
  ];
  const mask = [
    [1, 1, 0],
    [1, 0, 0],
  ];
  test.each<[PoolingMode, number[][]]>([
    [
      'cls',
      [
        [1, -2],
        [5, 6],
      ],
    ],
    [
      'max',
      [
        [3, -2],
        [5, 6],
      ],
    ],
    [
      'mean',
      [
        [2, -3],
        [5, 6],
      ],
    ],
    [
      'mean_sqrt_len_tokens',
      [
        [4 / Math.SQRT2, -6 / Math.SQRT2],
        [5, 6],
      ],
    ],
    [
      'weightedmean',
      [
        [7 / 3, -10 / 3],
        [5, 6],
      ],
    ],
    [
      'lasttoken',
      [
        [3, -4],
        [5, 6],
      ],
    ],
  ])('%s', (mode, expected) => {
    const given = tidy(() =>
      new Pooling([mode]).apply(tensor3d(states), tensor2d(mask, undefined, 'int32')).arraySync(),
    );
    for (const [i, row] of expected.entries()) {
      for (const [j, number] of row.entries()) expect(given[i]![j]).toBeCloseTo(number, 5);
    }
  });

  it('gives zeros where there are no tokens', () => {
    const all: PoolingMode[] = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'];
    const given = tidy(() => new Pooling(all).apply(tensor3d([[[1, 2]]]), tensor2d([[0]])).arraySync());
    expect(given[0]!.map(Math.abs)).toEqual(new Array(12).fill(0));
  });

  it('reads the flags of old files, in their order, and writes them where they can say it', async () => {
    const flags = {
      pooling_mode_mean_tokens: true,
      pooling_mode_cls_token: true,
      word_embedding_dimension: 4,
    };
    const read = await Pooling.fromFiles(memoryFiles({ 'config.json': JSON.stringify(flags) }), 4);
    expect(read.modes).toEqual(['cls', 'mean']);
    const written = JSON.parse(read.toFiles(4)['config.json']!);
    expect(written).toMatchObject({ ...flags, pooling_mode_max_tokens: false, include_prompt: true });
    const none = JSON.stringify({ word_embedding_dimension: 4, pooling_mode_cls_token: false });
    expect((await Pooling.fromFiles(memoryFiles({ 'config.json': none }), 4)).modes).toEqual(['mean']);
    await expect(Pooling.fromFiles(memoryFiles({}, 'm/1_Pooling'), 4)).rejects.toThrow(
      'm/1_Pooling must have a config.json that says how states are pooled, but has none',
    );
    const other = JSON.parse(new Pooling(['mean', 'cls']).toFiles(4)['config.json']!);
    expect(other).toEqual({ embedding_dimension: 4, pooling_mode: ['mean', 'cls'], include_prompt: true });
  });
});
