import { describe, expect, test } from 'vitest';
import { trainWordPiece } from './train_word_piece.js';

const texts = ['The cat sat.', 'The cats sat!', 'A cat.'];

describe('trainWordPiece', () => {
  test('makes a tokenizer like that of BERT', async () => {
    const tokenizer = await trainWordPiece(texts);
    const { tokens, typeIds } = tokenizer.encode('The cats', { pair: 'catsat?' });
    expect(tokens).toEqual(['[CLS]', 'the', 'cats', '[SEP]', 'cats', '##at', '[UNK]', '[SEP]']);
    expect(typeIds).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    expect(tokenizer.decode(tokenizer.encode('The cat sat.').ids, { skipSpecialTokens: true })).toBe(
      'the cat sat.',
    );
    expect(tokenizer.specialTokens).toMatchObject({
      pad: '[PAD]',
      unk: '[UNK]',
      cls: '[CLS]',
      mask: '[MASK]',
    });
  });

  test('leaves Japanese to the segmenter', async () => {
    const japanese = ['東京大学で研究がはじまる。', '私は東京大学で学ぶ。'];
    const preTokenizer = { type: 'WordSegmentation', segmenter: 'intl' };
    const tokenizer = await trainWordPiece(japanese, { vocabSize: 200, preTokenizer });
    const { tokens } = tokenizer.encode('東京大学で研究', { addSpecialTokens: false });
    expect(tokens.join('').replaceAll('##', '')).toBe('東京大学で研究');
    expect(tokens.some((token) => token.length > 1)).toBe(true);
  });

  test('makes no template without its special tokens', async () => {
    const tokenizer = await trainWordPiece(texts, { specialTokens: ['[UNK]'], normalizer: null });
    expect(tokenizer.encode('The cat').tokens).toEqual(['The', 'cat']);
  });

  test('takes another prefix, which decoding knows', async () => {
    const tokenizer = await trainWordPiece(['ab abc'], { continuingSubwordPrefix: '_', minFrequency: 2 });
    expect(tokenizer.encode('abc', { addSpecialTokens: false }).tokens).toEqual(['ab', '_c']);
    expect(tokenizer.decode(tokenizer.encode('abc ab').ids, { skipSpecialTokens: true })).toBe('abc ab');
  });

  test('refuses a vocabulary too small for the letters', async () => {
    await expect(trainWordPiece(['abc'], { vocabSize: 9 })).rejects.toThrow(
      'vocabSize must hold the 5 special tokens and the 5 characters, but is 9',
    );
    await expect(trainWordPiece(['abc'], { specialTokens: ['[CLS]', '[SEP]'] })).rejects.toThrow(
      'specialTokens must have the unknown token [UNK], but are [CLS], [SEP]',
    );
  });
});
