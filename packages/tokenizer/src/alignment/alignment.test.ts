import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.js';
import { alignAnswer, answerText } from './answers.js';
import { alignWordTags, wordTagsOf } from './word_tags.js';

/** Each two characters of a word are a token. */
const tokenizer = Tokenizer.fromJSON({
  version: '1.0',
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'FixedLength', length: 2 }],
  },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 1], cls: ['[CLS]', 2] },
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, '[SEP]': 1, '[CLS]': 2 }, unk_token: '[UNK]' },
});

describe('tags of words', () => {
  const words = ['Ada', 'of', 'London'];
  const encoding = tokenizer.encode(words, { pair: ['no'], isSplitIntoWords: true });

  test('go to the first token of each word, or to all', () => {
    expect(alignWordTags(encoding, [5, 6, 7])).toEqual([-100, 5, -100, 6, 7, -100, -100, -100, -100, -100]);
    const all = alignWordTags(encoding, [5, 6, 7], { labelAll: true, ignoreIndex: 0 });
    expect(all).toEqual([0, 5, 5, 6, 7, 7, 7, 0, 0, 0]);
    expect(() => alignWordTags(encoding, [5, 6])).toThrow(
      'tags must have one for each word, but has 2 and none for word 2',
    );
  });

  test('come back from tokens', () => {
    expect(wordTagsOf(encoding, alignWordTags(encoding, [5, 6, 7]))).toEqual([5, 6, 7]);
    expect(wordTagsOf(encoding, [...'xabcdefxyx'])).toEqual(['a', 'c', 'd']);
    expect(() => wordTagsOf(encoding, [1])).toThrow(
      'tokenTags must be one for each of the 10 tokens, but are 1',
    );
  });

  test('in windows belong to the words that are there', () => {
    const { overflowing } = tokenizer.encode(words, { isSplitIntoWords: true, maxLength: 4, stride: 1 });
    expect(overflowing.map((window) => alignWordTags(window, [5, 6, 7]))).toEqual([
      [-100, 5, 6, -100],
      [-100, 6, 7, -100],
      [-100, 7, -100, -100],
      [-100, 7, -100, -100],
    ]);
    expect(wordTagsOf(overflowing[1]!, ['', 'b', 'c', ''])).toEqual([undefined, 'b', 'c']);
  });
});

describe('answers', () => {
  const question = 'where ?';
  const text = 'he was in  Paris now';
  const answer = { start: text.indexOf('Paris'), end: text.indexOf(' now') };

  test('are the tokens that hold them', () => {
    const encoding = tokenizer.encode(question, { pair: text });
    const span = alignAnswer(encoding, answer, 1)!;
    expect(answerText(encoding, text, span.startToken, span.endToken, 1)).toBe('Paris');
    expect(alignAnswer(encoding, { start: answer.start + 1, end: answer.end - 2 }, 1)).toEqual({
      startToken: span.startToken,
      endToken: span.endToken - 1,
    });
    expect(alignAnswer(encoding, { start: 9, end: 11 }, 1)).toBeUndefined(); // the two spaces
    expect(alignAnswer(tokenizer.encode(text), answer, 1)).toBeUndefined();
    expect(() => alignAnswer(encoding, { start: 3, end: 3 }, 1)).toThrow(
      'answer must not be empty, but is 3 to 3',
    );
  });

  test('are found in those windows that hold all of them', () => {
    const options = { truncation: 'only_second', maxLength: 12, stride: 2 } as const;
    const encoding = tokenizer.encode(question, { pair: text, ...options });
    const windows = [encoding, ...encoding.overflowing];
    const found = windows.map((window) => {
      const span = alignAnswer(window, answer, 1);
      return span && answerText(window, text, span.startToken, span.endToken, 1);
    });
    expect(found).toContain('Paris');
    expect(found).toContain(undefined);
    expect(new Set(found).size).toBe(2);
  });

  test('have no text where tokens are of none', () => {
    const encoding = tokenizer.encode(question, { pair: text });
    expect(answerText(encoding, text, 0, 3, 1)).toBeUndefined();
    expect(answerText(encoding, text, 8, 7, 1)).toBeUndefined();
    expect(answerText(encoding, text, 1, 8, 1)).toBeUndefined();
    expect(answerText(encoding, text, 7, 99, 1)).toBeUndefined();
    expect(answerText(encoding, text, 1, 2, 1)).toBeUndefined(); // of the question
    expect(answerText(encoding, question, 1, 2, 0)).toBe('wher');
  });
});
