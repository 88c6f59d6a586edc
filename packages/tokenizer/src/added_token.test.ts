import { memoryFiles } from '@chui/hub';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';

describe('added tokens', () => {
  const bytes = { type: 'WordLevel', vocab: { a: 0, b: 1, '<|endoftext|>': 2 }, unk_token: 'a' };
  const plain = () =>
    Tokenizer.fromJSON({ version: '1.0', pre_tokenizer: { type: 'Whitespace' }, model: bytes });

  test('get ids after the vocabulary, and are saved', () => {
    const tokenizer = plain();
    expect(tokenizer.encode('a <tool>').ids).toEqual([0, 0, 0, 0]);
    expect(tokenizer.addTokens(['<tool>', { content: 'wo', singleWord: true }, 'b'])).toBe(2);
    expect(tokenizer.addTokens(['<tool>'])).toBe(0);
    expect(tokenizer.addSpecialTokens(['<end>'])).toBe(1);
    expect(tokenizer.vocabSize).toBe(6);
    for (const each of [tokenizer, Tokenizer.fromJSON(tokenizer.toJSON())]) {
      const { ids, tokens, offsets } = each.encode('a<tool>wo two<end>b');
      expect(tokens).toEqual(['a', '<tool>', 'wo', 'a', '<end>', 'b']);
      expect(ids).toEqual([0, 3, 4, 0, 5, 1]);
      expect(offsets[1]).toEqual([1, 7]);
      expect(each.decode([0, 5, 3], { skipSpecialTokens: true })).toBe('a <tool>');
    }
  });

  test('can be named by what they are for', async () => {
    const tokenizer = plain();
    expect(() => tokenizer.encodeBatch(['a', 'a b'])).toThrow('must have a pad token');
    expect(tokenizer.addSpecialTokens({ pad: '<|endoftext|>', mask: '<mask>' })).toBe(1);
    expect(tokenizer.encodeBatch(['a', 'a b']).inputIds).toEqual([
      [0, 2],
      [0, 1],
    ]);
    expect([tokenizer.padTokenId, tokenizer.maskTokenId]).toEqual([2, 3]);
    const again = await Tokenizer.fromFiles(memoryFiles(tokenizer.toFiles(), 'model'));
    expect(again.specialTokens).toEqual(tokenizer.specialTokens);
    expect(again.encodeBatch(['a', 'a b'])).toEqual(tokenizer.encodeBatch(['a', 'a b']));
    const wrong = { pad_token: 'x' } as object;
    expect(() => tokenizer.addSpecialTokens(wrong)).toThrow(
      'must be for one of pad, unk, bos, eos, cls, sep, mask, but is for pad_token',
    );
  });

  test('get what they are for by their usual names, and have flags', () => {
    const tokenizer = plain();
    tokenizer.addSpecialTokens(['[PAD]']);
    expect(tokenizer.padTokenId).toBe(3);
    tokenizer.addSpecialTokens({ mask: { content: '<mask>', lstrip: true } });
    expect(tokenizer.maskTokenId).toBe(4);
    expect(tokenizer.encode('a <mask>').offsets).toEqual([
      [0, 1],
      [1, 8],
    ]);
  });

  test('are taken out one after the other where white space is of two', () => {
    const text = 'a<|end|>\nb';
    const tokenizer = plain();
    tokenizer.addTokens([
      { content: '<|end|>', rstrip: true },
      { content: '\n', lstrip: true },
    ]);
    expect(tokenizer.encode(text).ids).toEqual([0, 3, 1]);
    const both = plain();
    both.addTokens([{ content: '\n', lstrip: true, rstrip: true }]);
    expect(both.encode('a\n\nb').ids).toEqual([0, 3, 1]);
  });

  test('replace the token that the file pads with', () => {
    const padding = { strategy: { Fixed: 3 }, direction: 'Right', pad_to_multiple_of: null };
    const file = { ...plain().toJSON(), padding: { ...padding, pad_id: 0, pad_type_id: 0, pad_token: 'a' } };
    const tokenizer = Tokenizer.fromJSON(file);
    tokenizer.addSpecialTokens({ pad: '<|endoftext|>' });
    expect(tokenizer.encode('b').ids).toEqual([1, 2, 2]);
    tokenizer.addSpecialTokens({ eos: '<|endoftext|>' });
    expect(tokenizer.decodeBatch([[1, 2], [0]], { skipSpecialTokens: true })).toEqual(['b', 'a']);
  });
});
