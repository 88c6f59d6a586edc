import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { characterTokenizer, type Tokenizer, wordTokenizer } from '@chui/tokenizer';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BertForMaskedLM,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  BertModel,
} from '../bert/bert.js';
import { type PipelineParts, pipeline } from './pipeline.js';
import { TextRunner } from './text_runner.js';

const words = 'a b c d e f this example is x y';
let tokenizer: Tokenizer;
let sizes: { vocabSize: number; hiddenSize: number; numHiddenLayers: number; numAttentionHeads: number };

beforeAll(async () => {
  await useBackend('cpu');
  tokenizer = wordTokenizer([words]);
  tokenizer.addSpecialTokens({ mask: '[MASK]' });
  sizes = { vocabSize: tokenizer.vocabSize, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 };
});

const config = (more = {}) => ({
  ...sizes,
  intermediateSize: 8,
  maxPositionEmbeddings: 16,
  initializerRange: 1,
  ...more,
});
const nli = { id2label: { 0: 'no', 1: 'maybe', 2: 'Entailed' } };

describe('pipeline', () => {
  const models: { dispose(): void }[] = [];
  const kept = <M extends { dispose(): void }>(model: M): M => {
    models.push(model);
    return model;
  };
  afterAll(() => {
    for (const model of models) model.dispose();
  });

  it('names the tasks that there are', async () => {
    await expect(pipeline('translate' as 'ner', './model')).rejects.toThrow(
      'task must be one of text-classification, sentiment-analysis, token-classification, ner, question-answering, fill-mask, feature-extraction, zero-shot-classification, text-generation, but is "translate"',
    );
  });

  it('refuses models of another kind, what is no tokenizer, and unknown options', async () => {
    const model = kept(BertForMaskedLM.fromConfig(config()));
    const parts = { model, tokenizer } as unknown as PipelineParts<'ner'>;
    await expect(pipeline('ner', parts)).rejects.toThrow(
      'model must be of the class TokenClassification for token-classification, but is BertForMaskedLM',
    );
    await expect(pipeline('ner', {} as never)).rejects.toThrow('but is undefined');
    await expect(pipeline('fill-mask', { model, tokenizer: 1 as never })).rejects.toThrow(
      'tokenizer must be a Tokenizer, but is 1',
    );
    await expect(pipeline('fill-mask', { model, tokenizer }, { topk: 1 } as never)).rejects.toThrow(
      'fill-mask: an option must be one of batchSize, topK, targets, truncation, but is topk',
    );
    const fill = await pipeline('fill-mask', { model, tokenizer });
    await expect(fill('a', { topK: 0 })).rejects.toThrow('fill-mask: topK: must be positive, but is 0');
    await expect(fill('a b')).rejects.toThrow('text must have the mask token [MASK], but is "a b"');
    await expect(fill('a [MASK]', { targets: [] })).rejects.toThrow(
      'targets must have a token at least, but are []',
    );
    await expect(pipeline('fill-mask', { model, tokenizer: characterTokenizer(['a']) })).rejects.toThrow(
      'the tokenizer must have a mask token',
    );
  });

  it('refuses what is no text', async () => {
    const model = kept(BertForSequenceClassification.fromConfig(config({ numLabels: 3 })));
    const classify = await pipeline('sentiment-analysis', { model, tokenizer });
    expect(classify.task).toBe('text-classification');
    await expect(classify(['a', 5 as never])).rejects.toThrow('text must be a text, but is 5');
    await expect(classify({ length: 'x'.repeat(200) } as never)).rejects.toThrow(
      'textPair must be a text, but is undefined',
    );
    await expect(classify([['x'.repeat(200)] as never])).rejects.toThrow(/^text.{0,120}$/);
    await expect(classify({ text: 'a' } as never)).rejects.toThrow('textPair must be a text');
    await expect(classify('a', { functionToApply: 'tanh' as never })).rejects.toThrow(
      'functionToApply: must be one of softmax, sigmoid, none, but is "tanh"',
    );
    await expect(classify('a '.repeat(20), { truncation: false })).rejects.toThrow(
      'a text must have at most 16 tokens, special ones included, but has 22',
    );
    expect(await classify([])).toEqual([]);
    await expect(pipeline('zero-shot-classification', { model, tokenizer })).rejects.toThrow(
      'label2id of the model must have a class whose name begins with "entail", but has LABEL_0, LABEL_1, LABEL_2',
    );
  });

  it('refuses questions without a context, and strides that leave no window', async () => {
    const model = kept(BertForQuestionAnswering.fromConfig(config()));
    const answer = await pipeline('question-answering', { model, tokenizer });
    await expect(answer({ question: 'a' } as never)).rejects.toThrow('context must be a text');
    await expect(answer({ question: '', context: 'b' })).rejects.toThrow('question must be a text');
    await expect(answer('a' as never)).rejects.toThrow('question must be a text');
    const given = { question: 'a', context: 'b c' };
    await expect(answer(given, { maxSeqLen: 17 })).rejects.toThrow('maxSeqLen must be at most the model');
    await expect(answer(given, { docStride: 16 })).rejects.toThrow('docStride must be below maxSeqLen 16');
    await expect(answer({ question: 'a', context: '' })).rejects.toThrow(
      'context must be a text of at least one',
    );
  });

  it('takes questions that leave little room, and says when they leave none', async () => {
    const model = kept(BertForQuestionAnswering.fromConfig(config()));
    const answer = await pipeline('question-answering', { model, tokenizer });
    const context = 'a b c d e f x y';
    // 10 tokens of the question and 3 special ones leave 3 of 16.
    const question = 'a b c d e f a b c d';
    expect(context).toContain((await answer({ question, context })).answer);
    expect(context).toContain((await answer({ question, context: 'a b' }, { docStride: 5 })).answer);
    await expect(answer({ question, context }, { docStride: 3 })).rejects.toThrow(
      'docStride must be below the 3 tokens that the question leaves of maxSeqLen 16, but is 3',
    );
    await expect(answer({ question: `${question} a b c`, context })).rejects.toThrow(
      'question must leave room for its context in maxSeqLen 16 tokens, but takes 16',
    );
  });

  it('takes empty texts, of which it finds nothing', async () => {
    const sizes = config({ numLabels: 2 });
    const model = kept(BertForSequenceClassification.fromConfig(sizes));
    const classify = await pipeline('text-classification', { model, tokenizer });
    const both = await classify(['a', '']);
    expect(both).toHaveLength(2);
    expect(both[1]!.score).toBeCloseTo((await classify(''))[0]!.score, 5);
    const tagger = kept(BertForTokenClassification.fromConfig(sizes));
    const tag = await pipeline('ner', { model: tagger, tokenizer });
    expect(await tag('')).toEqual([]);
    expect(await tag(['', 'a'])).toHaveLength(2);
    const encoder = kept(BertModel.fromConfig(config()));
    const extract = await pipeline('feature-extraction', { model: encoder, tokenizer });
    expect((await extract('')).dims).toEqual([2, 8]);
    const filler = kept(BertForMaskedLM.fromConfig(config()));
    const fill = await pipeline('fill-mask', { model: filler, tokenizer });
    await expect(fill('')).rejects.toThrow('text must have the mask token [MASK], but is ""');
  });

  it('refuses unknown aggregations, and strides without one', async () => {
    const model = kept(BertForTokenClassification.fromConfig(config({ numLabels: 2 })));
    const tag = await pipeline('ner', { model, tokenizer });
    await expect(tag('a', { aggregationStrategy: 'mean' as never })).rejects.toThrow(
      'aggregationStrategy: must be one of none, simple, first, average, max, but is "mean"',
    );
    await expect(tag('a', { stride: 2 })).rejects.toThrow('aggregationStrategy must not be none');
    await expect(tag('a', { stride: 16, aggregationStrategy: 'simple' })).rejects.toThrow(
      "stride must be below the model's 16 tokens, but is 16",
    );
    await expect(tag('a', { isSplitIntoWords: true })).rejects.toThrow('must be a list of words');
  });

  it('scores the labels that a call gives', async () => {
    const model = kept(BertForSequenceClassification.fromConfig(config(nli)));
    const classify = await pipeline('zero-shot-classification', { model, tokenizer }, { multiLabel: true });
    await expect(classify('a', [])).rejects.toThrow(
      'candidateLabels: must have at least one label, but is []',
    );
    await expect(classify('a', undefined as never)).rejects.toThrow('candidateLabels: must be labels');
    await expect(classify('a', ['b'], { hypothesisTemplate: 'x' })).rejects.toThrow('must be a text with {}');
    await expect(classify('', ['b'])).rejects.toThrow('text must be a text of at least one character');
    await expect(classify('a', ['b '.repeat(20)])).rejects.toThrow(
      'candidateLabels must leave room for the text in the model\'s 16 tokens, but "This example is b b',
    );
    const { labels, scores } = await classify('a', 'x, y', { hypothesisTemplate: '{} is {}' });
    expect([...labels].sort()).toEqual(['x', 'y']);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('gives in the order of the texts what it gives for each alone', async () => {
    const model = kept(BertModel.fromConfig(config()));
    const extract = await pipeline('feature-extraction', { model, tokenizer }, { batchSize: 2 });
    const texts = ['a b c d e f a b c d', 'x', 'this is', 'e f x y a'];
    for (const pooling of ['none', 'mean', 'cls'] as const) {
      const before = memory().numTensors;
      const together = await extract(texts, { pooling, normalize: true });
      expect(memory().numTensors).toBe(before);
      for (const [i, text] of texts.entries()) {
        const alone = await extract(text, { pooling, normalize: true });
        expect(together[i]!.dims).toEqual(alone.dims);
        together[i]!.data.forEach((value, k) => {
          expect(value).toBeCloseTo(alone.data[k]!, 5);
        });
      }
    }
  });

  it('loads a model, which it frees, and refuses one without the head', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chui-pipeline-'));
    const model = BertForTokenClassification.fromConfig(config({ numLabels: 2 }));
    await model.savePretrained(directory);
    await tokenizer.save(directory);
    model.dispose();
    const before = memory().numTensors;
    const tag = await pipeline('ner', directory, { ignoreLabels: [], aggregationStrategy: 'simple' });
    expect((await tag('a b c'))[0]).toMatchObject({
      entityGroup: expect.stringContaining('LABEL_'),
      start: 0,
    });
    tag.dispose();
    await expect(pipeline('question-answering', directory)).rejects.toThrow(
      'must have a model that is trained for question-answering, but is of BertForTokenClassification: it has no qa_outputs',
    );
    await expect(pipeline('text-classification', directory)).rejects.toThrow('it has no');
    expect(memory().numTensors).toBe(before);
    const extract = await pipeline('feature-extraction', directory);
    expect((await extract('a')).dims).toEqual([3, 8]);
    extract.dispose();
    expect(memory().numTensors).toBe(before);
    await rm(directory, { recursive: true });
  });
});

describe('TextRunner', () => {
  it('runs few shapes, and no more tokens than model and tokenizer take', async () => {
    const model = BertModel.fromConfig(config({ maxPositionEmbeddings: 90 }));
    const shapes = new Set<string>();
    const runner = new TextRunner(model, tokenizer, (batch) => {
      shapes.add(String(batch.inputIds.shape));
      return { states: model.forward(batch).lastHiddenState };
    });
    expect(runner.maxLength).toBe(90);
    for (const length of [1, 6, 7, 14, 15, 30, 31, 62, 63, 78, 79, 100]) {
      const encoding = runner.encode('a '.repeat(length));
      const [row] = await runner.run([encoding, encoding, encoding], { batchSize: 8 });
      expect(row!.states.shape[0]).toBeGreaterThanOrEqual(encoding.length);
    }
    expect([...shapes]).toEqual(['4,8', '4,12', '4,16', '4,24', '4,32', '4,48', '4,64', '4,90']);
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const strange = characterTokenizer([letters]).encode(letters);
    await expect(runner.run([strange], { batchSize: 1 })).rejects.toThrow(
      /the tokenizer must give ids below the model's vocabSize \d+, but gave \d+/,
    );
    model.dispose();
  });
});
