import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { Vocabulary } from './vocabulary.js';
import { WordPiece } from './word_piece.js';

const json = {
  type: 'WordPiece',
  unk_token: '[UNK]',
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 100,
  vocab: { '[UNK]': 0, un: 3, '##aff': 4, '##able': 5, '##a': 6, '😀': 9, '##漢😀': 10, '##': 11 },
};
const read = (changes: object = {}) => WordPiece.fromJSON(JsonNode.of({ ...json, ...changes }, 'f.json'));
const tokens = (word: string, model = read()) =>
  model.tokenize(word).map(({ text, start, end }) => `${text} ${start}-${end}`);

describe('WordPiece', () => {
  test('takes the longest token each time', () => {
    expect(tokens('unaffable')).toEqual(['un 0-2', '##aff 2-5', '##able 5-9']);
    expect(tokens('una')).toEqual(['un 0-2', '##a 2-3']);
    expect(tokens('😀漢😀')).toEqual(['😀 0-2', '##漢😀 2-5']);
    expect(tokens('##aff')).toEqual(['##aff 0-5']); // as the reference does
    expect(tokens('')).toEqual([]);
  });

  test('takes what it cannot take apart, or what is too long, for unknown', () => {
    expect(tokens('unx')).toEqual(['[UNK] 0-3']);
    expect(tokens('un\ud83d')).toEqual(['[UNK] 0-3']);
    const short = read({ max_input_chars_per_word: 2 });
    expect(tokens('una', short)).toEqual(['[UNK] 0-3']);
    expect(tokens('漢😀', read({ max_input_chars_per_word: 2, vocab: { 漢: 0, '##😀': 1 } }))).toEqual([
      '漢 0-1',
      '##😀 1-3',
    ]);
  });

  test('needs no continuing tokens, nor a prefix', () => {
    expect(tokens('aa', read({ vocab: { '[UNK]': 0, a: 1 } }))).toEqual(['[UNK] 0-2']);
    expect(tokens('aa', read({ vocab: { a: 1 }, continuing_subword_prefix: '' }))).toEqual([
      'a 0-1',
      'a 1-2',
    ]);
  });

  test('takes a word of a million characters in time that grows with it', () => {
    const vocabulary = new Vocabulary([
      ['a', 0],
      [`##${'a'.repeat(50)}`, 1],
      ['##a', 2],
    ]);
    const model = new WordPiece(vocabulary, {
      unkToken: '[UNK]',
      continuingSubwordPrefix: '##',
      maxInputCharsPerWord: 2e6,
    });
    expect(model.tokenize('a'.repeat(1_000_000))).toHaveLength(1 + 19_999 + 49);
  });

  test('gives its file back', () => {
    expect(JSON.parse(JSON.stringify(read()))).toEqual(json);
    expect(Object.keys(JSON.parse(JSON.stringify(read())).vocab)).toEqual(Object.keys(json.vocab));
    expect(read().size).toBe(8);
    expect(read().idToToken(7)).toBeUndefined();
    expect(read().tokenToId('##able')).toBe(5);
  });

  test.each<[object, string]>([
    [{ unk_token: undefined }, 'f.json: unk_token must be a string, but is missing'],
    [{ continuing_subword_prefix: null }, 'f.json: continuing_subword_prefix must be a string, but is null'],
    [{ max_input_chars_per_word: -1 }, 'f.json: max_input_chars_per_word must be an integer'],
    [{ vocab: { a: 1, b: 1 } }, 'f.json: vocab.b must be an id of its own, not that of "a", but is 1'],
    [{ vocab: { a: 0.5 } }, 'f.json: vocab.a must be an integer from 0 to 2^32 - 1, but is 0.5'],
  ])('refuses %j', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });

  test('without its unknown token knows only known words', () => {
    const model = read({ vocab: { a: 0 } });
    expect(tokens('a', model)).toEqual(['a 0-1']);
    expect(() => model.tokenize('b')).toThrow(
      'the vocabulary must have the unknown token [UNK] to encode "b"',
    );
  });
});
