import { memoryFiles } from '@chui/hub';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';
import { wordTokenizer } from './training/simple_tokenizers.js';

const words = wordTokenizer(['a b c d e f g h']);

describe('rows of windows', () => {
  test('are those of every text, padded to the longest', () => {
    const options = { truncation: true, maxLength: 4, stride: 1, returnOverflowingTokens: true };
    const { inputIds, overflowToSampleMapping, encodings } = words.encodeBatch(['a b c', 'd'], options);
    expect(encodings.map(({ tokens }) => tokens)).toEqual([
      ['[BOS]', 'a', 'b', '[EOS]'],
      ['[BOS]', 'b', 'c', '[EOS]'],
      ['[BOS]', 'd', '[EOS]', '[PAD]'],
    ]);
    expect(inputIds.map(({ length }) => length)).toEqual([4, 4, 4]);
    expect(overflowToSampleMapping).toEqual([0, 0, 1]);
  });
});

describe('options', () => {
  const filed = Tokenizer.fromJSON({
    ...words.toJSON(),
    truncation: { max_length: 4, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
    padding: {
      ...{ strategy: { Fixed: 6 }, direction: 'Right', pad_to_multiple_of: null },
      ...{ pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
    },
  });

  test('count more than the file, and the model’s length more than the file’s where they are true', async () => {
    const files = { ...filed.toFiles(), 'tokenizer_config.json': '{"model_max_length": 5}' };
    const model = await Tokenizer.fromFiles(memoryFiles(files, 'model'));
    const lengthOf = (tokenizer: Tokenizer, options: object) => tokenizer.encode('a b c d e', options).length;
    expect(lengthOf(filed, {})).toBe(6);
    expect(lengthOf(filed, { padding: true })).toBe(4);
    expect(lengthOf(filed, { padding: 'do_not_pad', truncation: 'do_not_truncate' })).toBe(7);
    expect(lengthOf(filed, { padding: false, truncation: true })).toBe(4);
    expect(lengthOf(model, { padding: false })).toBe(4);
    expect(lengthOf(model, { padding: false, truncation: true })).toBe(5);
    expect(model.encode('a', { padding: 'max_length' }).length).toBe(5);
    expect(lengthOf(model, { padding: undefined, truncation: undefined, maxLength: undefined })).toBe(6);
  });

  test.each<[object, string]>([
    [
      { max_length: 3 },
      'an option must be one of addSpecialTokens, truncation, maxLength, stride, truncationSide, padding,',
    ],
    [{ toString: 1 }, 'isSplitIntoWords, but is toString'],
    [
      { truncation: 'longest' },
      'truncation must be one of true, false, longest_first, only_first, only_second, do_not_truncate, but is "longest"',
    ],
    [
      { padding: 'fixed' },
      'padding must be one of true, false, longest, max_length, do_not_pad, but is "fixed"',
    ],
    [{ paddingSide: 'Left' }, 'paddingSide must be one of left, right, but is "Left"'],
    [{ addSpecialTokens: 0 }, 'addSpecialTokens must be one of true, false, but is 0'],
    [{ maxLength: '7' }, 'maxLength must be an integer from 0, but is "7"'],
  ])('%j are refused', (options, message) => {
    expect(() => words.encode('a', options)).toThrow(message);
    expect(() => words.encodeBatch(['a'], options)).toThrow(message);
  });

  test('of what is decoded or added are checked', () => {
    expect(words.decode([4n, 5n])).toBe('a b');
    expect(words.decode(new Int32Array([4, 5]))).toBe('a b');
    expect(() => words.decode(4 as never)).toThrow('ids must be a list of integers, but are 4');
    expect(() => words.decode([[4]] as never)).toThrow('ids must be integers, but one is [4]');
    expect(() => words.decode([1.5])).toThrow('but one is 1.5');
    expect(() => words.encodeBatch('hello' as never)).toThrow('texts must be a list, but is "hello"');
    const tokenizer = Tokenizer.fromJSON(words.toJSON());
    expect(tokenizer.addTokens('<x>')).toBe(1);
    expect(tokenizer.addSpecialTokens('<y>')).toBe(1);
    expect(tokenizer.addSpecialTokens({ pad: undefined, cls: '<c>' })).toBe(1);
    expect(tokenizer.addedTokens.slice(-3).map(({ content, special }) => [content, special])).toEqual([
      ['<x>', false],
      ['<y>', true],
      ['<c>', true],
    ]);
    expect(() => tokenizer.addTokens([5] as never)).toThrow(
      'a token must be a text or have a content, but is 5',
    );
    expect(() => tokenizer.addTokens({} as never)).toThrow('tokens must be a list, but are {}');
  });
});
