import { describe, expect, test } from 'vitest';
import { trainWordLevel } from './train_word_level.js';

describe('trainWordLevel', () => {
  const tokens = async (...args: Parameters<typeof trainWordLevel>) => [
    ...(await trainWordLevel(...args)).getVocab().keys(),
  ];

  test('orders words by falling count, then by code points', async () => {
    const words = ['[UNK]', 'b', 'a', 'c', '\uff01', '\u{1f600}'];
    expect(await tokens(['b c b', 'a \u{1f600} \uff01'])).toEqual(words);
  });

  test('keeps to vocabulary size and minimum frequency', async () => {
    expect(await tokens(['a a b b c'], { minFrequency: 2 })).toEqual(['[UNK]', 'a', 'b']);
    expect(await tokens(['a a b b c'], { vocabSize: 2 })).toEqual(['[UNK]', 'a']);
  });

  test('splits and normalizes as it is told', async () => {
    const options = { normalizer: { type: 'Lowercase' }, preTokenizer: { type: 'Whitespace' } };
    expect(await tokens(['A-a'], options)).toEqual(['[UNK]', 'a', '-']);
    expect(await tokens(['a b', ''], { preTokenizer: null })).toEqual(['[UNK]', 'a b']);
  });

  test('gives a special token one id, and leaves out what no file can hold', async () => {
    expect(await tokens(['[UNK] a \ud800 a\udc00'])).toEqual(['[UNK]', 'a']);
  });

  test('takes a stream of texts, and tells of progress', async () => {
    async function* lines() {
      for (let i = 0; i < 1500; i++) yield 'a b';
    }
    const progress: unknown[] = [];
    expect(await tokens(lines(), { onProgress: (step) => progress.push(step) })).toEqual(['[UNK]', 'a', 'b']);
    expect(progress).toEqual([
      { stage: 'count words', done: 1000 },
      { stage: 'count words', done: 1500, total: 1500 },
    ]);
  });

  test.each<[unknown, Parameters<typeof trainWordLevel>[1], string]>([
    ['a b', {}, 'texts must be a list of texts, but is one text'],
    [null, {}, 'texts must be a list or a stream of texts, but is null'],
    [7, {}, 'texts must be a list or a stream of texts, but is number'],
    [['a', 7], {}, 'texts must be strings, but one is number'],
    [[], { specialTokens: ['[PAD]'] }, 'specialTokens must have the unknown token [UNK], but are [PAD]'],
    [[], { specialTokens: ['[UNK]', ''] }, 'specialTokens[1] must have characters, but is ""'],
    [[], { specialTokens: '[UNK]' as never }, 'specialTokens must be a list, but is "[UNK]"'],
    [[], { vocabSize: 0 }, 'vocabSize must hold the 1 special tokens, but is 0'],
    [[], { vocabSize: 1.5 }, 'vocabSize must be an integer from 0, but is 1.5'],
    [[], { minFrequency: Number.NaN }, 'minFrequency must be an integer from 0, but is NaN'],
    [[], { preTokenizer: { type: 'X' } }, 'preTokenizer: type must be a known pre-tokenizer'],
  ])('refuses %j with %j', async (texts, options, message) => {
    await expect(trainWordLevel(texts as string[], options)).rejects.toThrow(message);
  });
});
