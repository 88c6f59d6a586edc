import { describe, expect, test } from 'vitest';
import { trainWordLevel } from './train_word_level.js';

describe('trainWordLevel', () => {
  const tokens = (...args: Parameters<typeof trainWordLevel>) => [
    ...trainWordLevel(...args)
      .getVocab()
      .keys(),
  ];

  test('orders words by falling count, then by code points', () => {
    expect(tokens(['b c b', 'a \u{1f600} \uff01'])).toEqual(['[UNK]', 'b', 'a', 'c', '\uff01', '\u{1f600}']);
  });

  test('keeps to vocabulary size and minimum frequency', () => {
    expect(tokens(['a a b b c'], { minFrequency: 2 })).toEqual(['[UNK]', 'a', 'b']);
    expect(tokens(['a a b b c'], { vocabSize: 2 })).toEqual(['[UNK]', 'a']);
  });

  test('splits and normalizes as it is told', () => {
    const options = { normalizer: { type: 'Lowercase' }, preTokenizer: { type: 'Whitespace' } };
    expect(tokens(['A-a'], options)).toEqual(['[UNK]', 'a', '-']);
    expect(tokens(['a b', ''], { preTokenizer: null })).toEqual(['[UNK]', 'a b']);
  });

  test('gives a special token one id, and leaves out what no file can hold', () => {
    expect(tokens(['[UNK] a \ud800 a\udc00'])).toEqual(['[UNK]', 'a']);
  });

  test.each<[unknown, Parameters<typeof trainWordLevel>[1], string]>([
    ['a b', {}, 'texts must be a list of texts, but is one text'],
    [[], { specialTokens: ['[PAD]'] }, 'specialTokens must have the unknown token [UNK], but are [PAD]'],
    [[], { vocabSize: 0 }, 'vocabSize must hold the 1 special tokens, but is 0'],
    [[], { vocabSize: 1.5 }, 'vocabSize must hold the 1 special tokens, but is 1.5'],
    [[], { preTokenizer: { type: 'X' } }, 'preTokenizer: type must be a known pre-tokenizer'],
  ])('refuses %j with %j', (texts, options, message) => {
    expect(() => trainWordLevel(texts as string[], options)).toThrow(message);
  });
});
