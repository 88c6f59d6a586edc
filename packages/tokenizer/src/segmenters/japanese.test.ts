import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.js';
import { loadKuromoji } from './kuromoji.js';
import { registerWordSegmenter } from './word_segmenter.js';

/** A tokenizer whose only token is the unknown one, so that words show. */
const tokenizerOf = (segmenter: string | undefined, normalizer: object | null = null) =>
  Tokenizer.fromJSON({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer,
    pre_tokenizer: { type: 'WordSegmentation', segmenter },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: { x: 0 }, unk_token: 'x' },
  });

const wordsOf = (tokenizer: Tokenizer, text: string) =>
  tokenizer.encode(text).offsets.map(([start, end]) => text.slice(start, end));

describe('words of Japanese', () => {
  test('by the JavaScript engine, without white space', () => {
    const text = '東京特許許可局に😀 行き ます。';
    const words = wordsOf(tokenizerOf('intl'), text);
    expect(words.join('')).toBe(text.replaceAll(' ', ''));
    expect(wordsOf(tokenizerOf(undefined), text)).toEqual(words);
    expect(words).toEqual(expect.arrayContaining(['東京', '特許', '許可', '局', '😀', '。']));
  });

  test('by character', () => {
    expect(wordsOf(tokenizerOf('characters'), '𠮷野家 へ')).toEqual(['𠮷', '野', '家', 'へ']);
  });

  test('by a segmenter of the user', () => {
    registerWordSegmenter('halves', (text) => text.match(/.{1,2}/gu) ?? []);
    const tokenizer = tokenizerOf('halves');
    expect(wordsOf(tokenizer, 'あいうえお')).toEqual(['あい', 'うえ', 'お']);
    expect(wordsOf(Tokenizer.fromJSON(JSON.stringify(tokenizer)), 'あいう')).toEqual(['あい', 'う']);
    expect(wordsOf(tokenizer, '')).toEqual([]);
  });

  test('by kuromoji, as MeCab finds them with IPADIC', async () => {
    expect(() => tokenizerOf('kuromoji')).toThrow('await loadKuromoji() registers it');
    await loadKuromoji();
    const name = 'kuromoji';
    await loadKuromoji({ kuromoji: await import(name) });
    const words = wordsOf(tokenizerOf('kuromoji'), 'すもももももももものうち。 東京都に行った');
    expect(words).toEqual([
      'すもも',
      'も',
      'もも',
      'も',
      'もも',
      'の',
      'うち',
      '。',
      '東京',
      '都',
      'に',
      '行っ',
      'た',
    ]);
  });

  test('with widths folded, offsets being those of the text', () => {
    const text = 'ﾃﾞｰﾀはＡ社㎏';
    const tokenizer = tokenizerOf('characters', { type: 'FoldWidth' });
    expect(wordsOf(tokenizer, text)).toEqual(['ﾃ', 'ｰ', 'ﾀ', 'は', 'Ａ', '社', '㎏']);
    const known = Tokenizer.fromJSON({
      ...(tokenizer.toJSON() as object),
      model: { type: 'WordLevel', vocab: { x: 0, デ: 1, ー: 2, タ: 3, A: 4, '㎏': 5 }, unk_token: 'x' },
    });
    expect(known.encode(text).ids).toEqual([1, 2, 3, 0, 4, 0, 5]);
    expect(known.encode('ABC abc').ids[0]).toBe(4);
  });

  test('names what is missing', async () => {
    expect(() => tokenizerOf('mecab')).toThrow('pre_tokenizer.segmenter must be one of intl, characters');
    registerWordSegmenter('wrong', () => ['い']);
    expect(() => tokenizerOf('wrong').encode('あ')).toThrow(
      'segmenter wrong must give words of the text, but gave い',
    );
    expect(() => registerWordSegmenter('text', 'x' as never)).toThrow(
      'segmenter must be a function, but is "x"',
    );
    await expect(loadKuromoji({ dictionary: '/no/such/place' })).rejects.toThrow(
      "kuromoji's dictionary must be at /no/such/place, but ENOENT",
    );
  });
});
