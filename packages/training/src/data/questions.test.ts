import { Tokenizer } from '@chui/tokenizer';
import { describe, expect, test } from 'vitest';
import { bestAnswers } from './best_answers.js';
import { encodeQuestions, strideFor } from './encode_questions.js';

const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'where', 'is', 'ada', 'in', 'paris', 'now', 'and', 'then'];
const tokenizer = Tokenizer.fromJSON({
  version: '1.0',
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
  model: {
    type: 'WordLevel',
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    unk_token: '[UNK]',
  },
});

const context = 'ada is  in paris now and then';
const paris = { start: context.indexOf('paris'), end: context.indexOf(' now') };
const question = { question: '  where is ada', context, answers: [paris] };

describe('encodeQuestions', () => {
  test('says at which tokens the answer stands', () => {
    const { examples, windows } = encodeQuestions([question], { tokenizer });
    expect(examples).toHaveLength(1);
    expect(examples[0]).toMatchObject({
      inputIds: [2, 4, 5, 6, 3, 6, 5, 7, 8, 9, 10, 11, 3],
      startPositions: 8,
      endPositions: 8,
    });
    expect(windows[0]!.question).toBe(0);
    const [start, end] = windows[0]!.places[8]!;
    expect(context.slice(start, end)).toBe('paris');
    expect(windows[0]!.places.slice(0, 5)).toEqual([null, null, null, null, null]);
  });

  test('cuts a long context into windows, of which some have no answer', () => {
    const { examples, windows } = encodeQuestions([question, question], {
      tokenizer,
      maxLength: 9,
      stride: 1,
    });
    expect(windows.map((window) => window.question)).toEqual([0, 0, 0, 1, 1, 1]);
    const spans = examples.map(({ startPositions, endPositions }) => [startPositions, endPositions]);
    expect(spans.slice(0, 3)).toEqual([
      [0, 0],
      [6, 6],
      [0, 0],
    ]);
    expect(examples.every(({ inputIds }) => inputIds.length <= 9)).toBe(true);
  });

  test('gives none to a question without an answer', () => {
    const { examples } = encodeQuestions([{ ...question, answers: [] }], { tokenizer });
    expect(examples[0]).toMatchObject({ startPositions: 0, endPositions: 0 });
  });

  test('tells of a question that leaves no room', () => {
    expect(() =>
      encodeQuestions([question, { ...question, question: 'is '.repeat(12) }], { tokenizer, maxLength: 14 }),
    ).toThrow(/^question 1 must leave room for its context: .* \(maxLength 14 and stride 4\)$/);
    expect(() => encodeQuestions([question], { tokenizer, maxLength: 0 })).toThrow(
      'maxLength must be a positive integer, but is 0',
    );
  });

  test('has windows of 384 share 128 tokens', () => {
    expect(strideFor(384)).toBe(128);
  });
});

describe('bestAnswers', () => {
  const { windows } = encodeQuestions([question], { tokenizer, maxLength: 9, stride: 1 });
  /** Logits of the three windows, 0 but where it is said. */
  const logits = (...high: [window: number, start: number, end: number, logit: number][]) =>
    windows.map((_, window) => {
      const [starts, ends] = [new Float32Array(12), new Float32Array(12)];
      for (const [of, start, end, logit] of high) {
        if (of !== window) continue;
        starts[start] = logit;
        ends[end] = logit;
      }
      return [starts, ends] as const;
    });

  test('takes the best of all windows', () => {
    expect(bestAnswers([context], windows, logits([1, 6, 7, 3], [0, 5, 6, 2]))).toEqual(['paris now']);
    expect(bestAnswers([context], windows, logits([1, 6, 7, 3], [0, 5, 6, 4]))).toEqual(['ada is']);
  });

  test('keeps to the context, its order and the greatest length', () => {
    // The question, or an end before the beginning, would be better.
    expect(bestAnswers([context], windows, logits([0, 1, 3, 9], [0, 5, 5, 1]))).toEqual(['ada']);
    const reversed = bestAnswers([context], windows, logits([1, 7, 5, 3]));
    expect(reversed).not.toEqual(['']);
    expect(bestAnswers([context], windows, logits([1, 5, 7, 3]), { maxAnswerLength: 2 })).not.toEqual([
      'in paris now',
    ]);
  });

  test('says none where that is better, if it may', () => {
    const none = logits([0, 0, 0, 5], [1, 0, 0, 5], [2, 0, 0, 5], [1, 6, 6, 2]);
    expect(bestAnswers([context], windows, none)).toEqual(['paris']);
    expect(bestAnswers([context], windows, none, { mayHaveNone: true })).toEqual(['']);
    expect(bestAnswers([context], windows, none, { mayHaveNone: true, noneThreshold: 7 })).toEqual(['paris']);
  });

  test('must have logits of each window', () => {
    expect(() => bestAnswers([context], windows, [])).toThrow(
      'logits must be one for each of the 3 windows, but are 0',
    );
  });
});
