import { memoryFiles } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { memory, type Tensor, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { AutoModelForSequenceClassification } from '../auto/auto_models.js';
import { GPT2ForSequenceClassification, GPT2LMHeadModel, GPT2Model } from '../gpt2/gpt2.js';
import { LlamaForSequenceClassification } from '../llama/llama.js';
import { pipeline } from '../pipelines/pipeline.js';
import { SentenceTransformer } from '../sentence_transformer/sentence_transformer.js';

const tokenizer = characterTokenizer(['abcdefgh ']);
const config = {
  ...{ vocabSize: tokenizer.vocabSize, nPositions: 12, nEmbd: 8, nLayer: 2, nHead: 2 },
  ...{ numLabels: 3, initializerRange: 0.5 },
};

beforeAll(() => useBackend('cpu'));

const rowsOf = ({ shape: [rows, columns] }: Tensor, values: ArrayLike<number>) =>
  Array.from({ length: rows! }, (_, row) => Array.from(values).slice(row * columns!, (row + 1) * columns!));

/** Logits, row by row. */
const logitsOf = (model: GPT2ForSequenceClassification, inputs: object): number[][] =>
  tidy(() => {
    const { logits } = model.forward(inputs);
    return rowsOf(logits, logits.dataSync());
  });

const expectRows = (actual: readonly number[][], expected: readonly number[][]) => {
  expect(actual.length).toBe(expected.length);
  actual.flat().forEach((value, i) => {
    expect(value).toBeCloseTo(expected.flat()[i]!, 5);
  });
};

describe('the token that a decoder is asked at', () => {
  const texts = [
    [5, 6, 7, 8],
    [9, 4],
  ] as const;
  const padded = [texts[0], [...texts[1], 3, 3]];
  const attentionMask = [
    [1, 1, 1, 1],
    [1, 1, 0, 0],
  ];
  const each = (model: GPT2ForSequenceClassification) =>
    texts.flatMap((inputIds) => logitsOf(model, { inputIds: [inputIds] }));

  test('is the last one that is no padding', () => {
    const model = GPT2ForSequenceClassification.fromConfig({ ...config, padTokenId: 3 }, { seed: 1 });
    expectRows(logitsOf(model, { inputIds: padded }), each(model));
    expectRows(logitsOf(model, { inputIds: padded, attentionMask }), each(model));
    model.dispose();
  });

  test('is the last one of the mask, where the padding has no id', () => {
    const model = GPT2ForSequenceClassification.fromConfig(config, { seed: 1 });
    expectRows(logitsOf(model, { inputIds: padded, attentionMask }), each(model));
    const [, last] = logitsOf(model, { inputIds: padded });
    expectRows([last!], logitsOf(model, { inputIds: [padded[1]!] }));
    model.dispose();
  });

  test('is the same in what is saved for browsers', () => {
    const model = GPT2ForSequenceClassification.fromConfig(config, { seed: 1 });
    tidy(() => {
      const inputs = [padded, attentionMask].map((rows) => tensor2d(rows as number[][], [2, 4], 'int32'));
      const logits = model.toLayersModel().predict(inputs) as Tensor2D;
      expectRows(rowsOf(logits, logits.dataSync()), each(model));
    });
    model.dispose();
  });
});

test('a language model becomes a classifier, and the classifier is saved whole', async () => {
  const language = GPT2LMHeadModel.fromConfig({ ...config, numLabels: undefined }, { seed: 2 });
  const files = memoryFiles(await language.toFiles(), 'm');
  const options = { config: { id2label: { 0: 'bad', 1: 'good' } }, seed: 1 };
  const model = (await AutoModelForSequenceClassification.fromFiles(
    files,
    options,
  )) as GPT2ForSequenceClassification;
  expect(model.newParameters).toEqual(['score.weight']);
  const saved = memoryFiles(await model.toFiles(), 'm');
  const again = (await AutoModelForSequenceClassification.fromFiles(saved)) as GPT2ForSequenceClassification;
  expect(again.newParameters).toEqual([]);
  const inputs = { inputIds: [[5, 6, 7]] };
  expect(logitsOf(again, inputs)).toEqual(logitsOf(model, inputs));
  for (const each of [language, model, again]) each.dispose();
});

test('a reward is a regression of one number', () => {
  const model = LlamaForSequenceClassification.fromConfig({
    ...{ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8 },
    numLabels: 1,
  });
  const before = memory().numTensors;
  tidy(() => {
    const { logits, loss } = model.forward({ inputIds: [[5, 6, 7]], labels: [0.25] });
    expect(logits.shape).toEqual([1, 1]);
    expect(loss!.dataSync()[0]).toBeCloseTo((logits.dataSync()[0]! - 0.25) ** 2, 5);
  });
  expect(memory().numTensors).toBe(before);
  expect(() => model.forward({ inputIds: [[5]], documentIds: [[0]] } as never)).toThrow('documentIds');
  model.dispose();
});

test('texts of unequal lengths are classified, and turned into features, as each alone', async () => {
  const texts = ['abc', 'h', 'fedcba'];
  const model = GPT2ForSequenceClassification.fromConfig(config, { seed: 3 });
  const classify = await pipeline('text-classification', { model, tokenizer });
  const all = await classify(texts, { topK: null });
  for (const [i, text] of texts.entries()) {
    const [own] = await classify([text], { topK: null });
    own!.forEach(({ label, score }, rank) => {
      expect(all[i]![rank]!.label).toBe(label);
      expect(all[i]![rank]!.score).toBeCloseTo(score, 5);
    });
  }
  classify.dispose();
  model.dispose();

  const base = GPT2Model.fromConfig(config, { seed: 3 });
  const extract = await pipeline('feature-extraction', { model: base, tokenizer });
  const features = await extract(texts, { pooling: 'mean' });
  for (const [i, text] of texts.entries()) {
    expectRows([[...features[i]!.data]], [[...(await extract(text, { pooling: 'mean' })).data]]);
  }
  extract.dispose();
  base.dispose();
});

test('a decoder embeds sentences by their last token', async () => {
  const base = GPT2Model.fromConfig(config, { seed: 3 });
  const files = {
    ...(await base.toFiles()),
    ...tokenizer.toFiles(),
    'modules.json': JSON.stringify([
      { path: '', type: 'sentence_transformers.models.Transformer' },
      { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    ]),
    '1_Pooling/config.json': JSON.stringify({
      word_embedding_dimension: 8,
      pooling_mode_mean_tokens: false,
      pooling_mode_lasttoken: true,
    }),
  };
  const model = await SentenceTransformer.fromFiles(memoryFiles(files, 'here'));
  const texts = ['abc', 'h', 'fedcba'];
  const embeddings = await model.encode(texts);
  for (const [i, text] of texts.entries()) {
    const { ids } = tokenizer.encode(text);
    const last = tidy(() => {
      const states = base.forward({ inputIds: [ids] }).lastHiddenState;
      return Array.from(states.dataSync()).slice(-8);
    });
    expectRows([[...embeddings[i]!]], [last]);
  }
  model.dispose();
  base.dispose();
});
