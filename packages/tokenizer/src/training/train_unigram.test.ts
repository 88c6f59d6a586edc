import { describe, expect, test } from 'vitest';
import { trainUnigram } from './train_unigram.js';
import type { TrainingProgress } from './training_options.js';

const texts = ['the cat sat on the mat', 'the cats sat on mats', 'a cat and the mat'];

const piecesOf = async (...args: Parameters<typeof trainUnigram>) => {
  const { model } = (await trainUnigram(...args)).toJSON() as { model: { vocab: [string, number][] } };
  return model.vocab;
};

describe('trainUnigram', () => {
  test('makes a tokenizer that gives texts back', async () => {
    const tokenizer = await trainUnigram(texts, { vocabSize: 40 });
    const { ids, tokens } = tokenizer.encode('the mats  sat');
    expect(tokens.at(-1)).toBe('</s>');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('the mats sat');
    expect(tokenizer.specialTokens).toMatchObject({ pad: '<pad>', eos: '</s>', unk: '<unk>' });
  });

  test('keeps all characters, and as many pieces as there is room for', async () => {
    const vocab = await piecesOf(texts, { vocabSize: 24, initialAlphabet: ['zy'] });
    expect(vocab.length).toBeLessThanOrEqual(24);
    const characters = ['▁', ...new Set(texts.join('').replaceAll(' ', '')), 'z'];
    expect(vocab.map(([piece]) => piece)).toEqual(expect.arrayContaining(characters));
    const scores = vocab.slice(3).map(([, score]) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test('makes pieces of maxPieceLength characters at most', async () => {
    const vocab = await piecesOf(texts, { maxPieceLength: 2 });
    expect(Math.max(...vocab.slice(3).map(([piece]) => piece.length))).toBe(2);
  });

  test('puts an unknown token that is not special first', async () => {
    const vocab = await piecesOf(texts, { specialTokens: ['<s>'], unkToken: '<other>' });
    expect(vocab.slice(0, 2)).toEqual([
      ['<other>', 0],
      ['<s>', 0],
    ]);
    expect((await piecesOf(texts, { specialTokens: [], unkToken: null }))[0]![1]).toBeLessThan(0);
  });

  test('takes characters out of the basic plane as one', async () => {
    const vocab = await piecesOf(['\u{1f600}\u{1f601}a', 'a\u{1f600}\u{1f601} ', 'a\ud800'], {
      preTokenizer: null,
    });
    const pieces = vocab.slice(3).map(([piece]) => piece);
    expect(pieces.sort()).toEqual(['\u{1f600}', '\u{1f600}\u{1f601}', '\u{1f601}', 'a', ' '].sort());
  });

  test('makes a tokenizer of nothing', async () => {
    expect(await piecesOf([])).toEqual([
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
    ]);
    expect(await piecesOf([], { specialTokens: [], unkToken: null })).toEqual([]);
  });

  test('comes to an end where nothing can be lost', async () => {
    const words = Array.from({ length: 300 }, (_, i) => String.fromCharCode(0x4e00 + i));
    expect((await piecesOf(words, { vocabSize: 304, preTokenizer: null })).length).toBe(303);
  });

  test('takes time that grows with a text that repeats itself', async () => {
    for (const maxPieceLength of [16, 256]) {
      const options = { vocabSize: 20, preTokenizer: null, maxPieceLength };
      expect((await piecesOf(['ab'.repeat(10_000)], options)).length).toBeLessThanOrEqual(20);
    }
  });

  test('tells of progress to the end', async () => {
    const progress: TrainingProgress[] = [];
    await trainUnigram(texts, { vocabSize: 24, onProgress: (step) => progress.push(step) });
    const { stage, done, total } = progress.at(-1)!;
    expect([stage, done]).toEqual(['weigh pieces', total]);
  });

  test.each<[Parameters<typeof trainUnigram>[1], string]>([
    [{ vocabSize: 10 }, 'vocabSize must hold the 3 special tokens and the 11 characters, but is 10'],
    [{ vocabSize: Number.NaN }, 'vocabSize must be an integer from 0, but is NaN'],
    [{ shrinkingFactor: 1 }, 'shrinkingFactor must be from 0 to below 1, but is 1'],
    [{ shrinkingFactor: Number.NaN }, 'shrinkingFactor must be from 0 to below 1, but is NaN'],
    [{ maxPieceLength: 0 }, 'maxPieceLength must be an integer from 1 to 256, but is 0'],
    [{ maxPieceLength: 1e6 }, 'maxPieceLength must be an integer from 1 to 256, but is 1000000'],
    [{ unkToken: 5 as never }, 'unkToken must be a text of whole characters, but is 5'],
    [{ initialAlphabet: 'ab' as never }, 'initialAlphabet must be a list, but is "ab"'],
    [{ nSubIterations: -1 }, 'nSubIterations must be an integer from 0, but is -1'],
  ])('refuses %j', async (options, message) => {
    await expect(trainUnigram(texts, options)).rejects.toThrow(message);
  });
});
