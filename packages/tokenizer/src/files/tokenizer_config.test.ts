import { memoryFiles } from '@chui/hub';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.js';
import { wordTokenizer } from '../training/simple_tokenizers.js';
import { trainBpe } from '../training/train_bpe.js';

const words = wordTokenizer(['a b c d e f g h']);

describe('tokenizer_config.json', () => {
  test('names tokens that the vocabulary may lack', async () => {
    const config = {
      pad_token: '<nopad>',
      additional_special_tokens: ['<more>', 'a'],
      added_tokens_decoder: { 90: { content: '<tool>', special: false } },
    };
    const files = { ...words.toFiles(), 'tokenizer_config.json': JSON.stringify(config) };
    const tokenizer = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    expect(tokenizer.encode('a<tool> <more>', { addSpecialTokens: false }).ids).toEqual([4, 12, 14]);
    expect(tokenizer.padTokenId).toBe(13);
    expect(tokenizer.encodeBatch(['a', 'a b']).inputIds[0]?.at(-1)).toBe(13);
    expect(tokenizer.addedTokens.map(({ content }) => content)).toContain('a');
  });

  test('says how long texts may be, and which sides give way', async () => {
    const config = { model_max_length: 5, padding_side: 'left', truncation_side: 'left' };
    const files = { ...words.toFiles(), 'tokenizer_config.json': JSON.stringify(config) };
    const tokenizer = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    const again = await Tokenizer.fromFiles(memoryFiles(tokenizer.toFiles(), 'again'));
    for (const each of [tokenizer, again]) {
      expect(each.modelMaxLength).toBe(5);
      expect(each.encode('a b c d').tokens).toHaveLength(6);
      expect(each.encode('a b c d', { truncation: true }).tokens).toEqual(['[BOS]', 'b', 'c', 'd', '[EOS]']);
      expect(each.encode('a', { padding: 'max_length' }).tokens).toEqual([
        '[PAD]',
        '[PAD]',
        '[BOS]',
        'a',
        '[EOS]',
      ]);
      expect(each.encode('a', { padding: 'max_length', paddingSide: 'right' }).tokens.at(-1)).toBe('[PAD]');
    }
  });

  test('says whether spaces are cleaned up', async () => {
    const config = JSON.stringify({ clean_up_tokenization_spaces: true });
    const said = "it 's a , b ' c .";
    const tokenizer = wordTokenizer([said]);
    const { ids } = tokenizer.encode(said);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(said);
    const files = { ...tokenizer.toFiles(), 'tokenizer_config.json': config };
    const again = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    expect(again.decode(ids, { skipSpecialTokens: true })).toBe("it's a, b'c.");
    expect(again.decode(ids, { skipSpecialTokens: true, cleanUpTokenizationSpaces: false })).toBe(said);
    expect(JSON.parse(again.toFiles()['tokenizer_config.json']!).clean_up_tokenization_spaces).toBe(true);
  });

  test('does not clean up the spaces of a BPE', async () => {
    const bpe = await trainBpe(['it is so .'], { byteLevel: true });
    const files = { ...bpe.toFiles(), 'tokenizer_config.json': '{"clean_up_tokenization_spaces": true}' };
    const tokenizer = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    const { ids } = tokenizer.encode('it is so .');
    expect(tokenizer.decode(ids)).toBe('it is so .');
    expect(tokenizer.decode(ids, { cleanUpTokenizationSpaces: true })).toBe('it is so.');
  });

  test('has no length where it says 10^30', async () => {
    const files = {
      ...words.toFiles(),
      'tokenizer_config.json': '{"model_max_length": 1000000000000000019884624838656}',
    };
    const tokenizer = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    expect(tokenizer.modelMaxLength).toBeUndefined();
    expect(() => tokenizer.encode('a', { truncation: true })).toThrow('truncation needs maxLength');
  });

  test.each([
    ['model_max_length', 'x', 'must be an integer'],
    ['model_max_length', -1, 'must be an integer'],
    ['padding_side', 'top', 'must be one of left, right'],
  ])('refuses %s %s', async (key, value, message) => {
    const files = { ...words.toFiles(), 'tokenizer_config.json': JSON.stringify({ [key]: value }) };
    await expect(Tokenizer.fromFiles(memoryFiles(files, 'model'))).rejects.toThrow(
      `model/tokenizer_config.json: ${key} ${message}`,
    );
  });
});
