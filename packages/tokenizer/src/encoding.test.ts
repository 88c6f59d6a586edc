import { describe, expect, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';

const tokenizer = Tokenizer.fromJSON({
  version: '1.0',
  added_tokens: [
    {
      id: 4,
      content: '<x>',
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    },
  ],
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 1], cls: ['[CLS]', 2] },
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, '[SEP]': 1, '[CLS]': 2, a: 3 }, unk_token: '[UNK]' },
});

describe('an encoding', () => {
  const encoding = tokenizer.encode('a 😀b,', { pair: 'c a' }); // [CLS] a 😀b , [SEP] c a [SEP]

  test('finds tokens and words by characters', () => {
    expect([0, 1, 2, 4, 5, 6].map((index) => encoding.charToToken(index))).toEqual([
      1,
      undefined,
      2,
      2,
      3,
      undefined,
    ]);
    expect([0, 2].map((index) => encoding.charToToken(index, 1))).toEqual([5, 6]);
    expect([encoding.charToWord(5), encoding.charToWord(1), encoding.charToWord(2, 1)]).toEqual([
      2,
      undefined,
      1,
    ]);
  });

  test('finds characters, words and sequences by tokens', () => {
    expect([0, 2, 6, 9].map((token) => encoding.tokenToChars(token))).toEqual([
      undefined,
      [2, 5],
      [2, 3],
      undefined,
    ]);
    expect([0, 2, 6, 9].map((token) => encoding.tokenToWord(token))).toEqual([undefined, 1, 1, undefined]);
    expect([0, 2, 6, 9].map((token) => encoding.tokenToSequence(token))).toEqual([
      undefined,
      0,
      1,
      undefined,
    ]);
  });

  test('finds tokens and characters by words', () => {
    expect([encoding.wordToTokens(1), encoding.wordToTokens(1, 1), encoding.wordToTokens(3)]).toEqual([
      [2, 3],
      [6, 7],
      undefined,
    ]);
    expect([encoding.wordToChars(1), encoding.wordToChars(2, 1)]).toEqual([[2, 5], undefined]);
  });
});

describe('words instead of a text', () => {
  const options = { isSplitIntoWords: true } as const;

  test('keep their number, and offsets count from their start', () => {
    const { ids, offsets, wordIds } = tokenizer.encode(['a,b', '', 'x<x>'], { ...options, pair: ['a'] });
    expect(ids).toEqual([2, 3, 0, 0, 0, 4, 1, 3, 1]);
    expect(wordIds).toEqual([null, 0, 0, 0, 2, 2, null, 0, null]);
    expect(offsets.slice(1, 6)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [0, 1],
      [1, 4],
    ]);
    expect(tokenizer.encode(['a', 'b,c'], options).wordToTokens(1)).toEqual([2, 5]);
  });

  test('come in batches, alone or in pairs', () => {
    const batch = [['a', 'a'], [], [['a'], ['a', 'b']] as const];
    expect(tokenizer.encodeBatch(batch, { ...options, padding: false }).inputIds).toEqual([
      [2, 3, 3, 1],
      [2, 1],
      [2, 3, 1, 3, 0, 1],
    ]);
  });

  test('are asked for', () => {
    const message = 'a text must be a list of words if isSplitIntoWords is true, else a string';
    expect(() => tokenizer.encode(['a'])).toThrow(message);
    expect(() => tokenizer.encode('a', options)).toThrow(message);
    expect(() => tokenizer.encodeBatch([['a', 'b', 'c']])).toThrow(
      'a pair must be two texts, but is a list of 3',
    );
  });
});
