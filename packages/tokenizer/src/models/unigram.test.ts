import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { Unigram } from './unigram.js';

const json = {
  type: 'Unigram',
  unk_id: 0,
  vocab: [
    ['<unk>', 0],
    ['a', -2],
    ['b', -2],
    ['ab', -3.5],
    ['ba', -3],
    ['漢😀', -5],
    ['漢', -1],
  ],
  byte_fallback: false,
};
const read = (changes: object = {}) => Unigram.fromJSON(JsonNode.of({ ...json, ...changes }, 'f.json'));
const tokens = (word: string, model = read()) =>
  model.tokenize(word).map(({ id, text, start, end }) => `${id} ${text} ${start}-${end}`);

describe('Unigram', () => {
  test('takes the pieces of the highest score together', () => {
    expect(tokens('ab')).toEqual(['3 ab 0-2']);
    expect(tokens('aba')).toEqual(['1 a 0-1', '4 ba 1-3']);
    expect(tokens('漢😀a')).toEqual(['5 漢😀 0-3', '1 a 3-4']);
    expect(tokens('')).toEqual([]);
  });

  test('makes one token of unknown characters side by side', () => {
    expect(tokens('axy😀b\ud800')).toEqual(['1 a 0-1', '0 xy😀 1-5', '2 b 5-6', '0 \ud800 6-7']);
    expect(tokens('漢<unk>漢')).toEqual(['6 漢 0-1', '0 <unk> 1-6', '6 漢 6-7']);
  });

  test('falls back to bytes if it has them all', () => {
    const bytes = ['<0xC3>', '<0xA9>'].map((token) => [token, 0]);
    const model = read({ vocab: [...json.vocab, ...bytes], byte_fallback: true });
    expect(tokens('aé', model)).toEqual(['1 a 0-1', '7 <0xC3> 1-2', '8 <0xA9> 1-2']);
    expect(tokens('éè', model)).toEqual(['0 éè 0-2']);
  });

  test('finds a piece that is there twice by its last id', () => {
    const model = read({ vocab: [...json.vocab, ['a', -9]] });
    expect(tokens('a', model)).toEqual(['7 a 0-1']);
    expect(model.idToToken(1)).toBe('a');
    expect(model.size).toBe(8);
    expect(JSON.parse(JSON.stringify(model)).vocab).toHaveLength(8);
  });

  test('needs an unknown piece for unknown characters only', () => {
    const model = read({ unk_id: null });
    expect(model.unkToken).toBeUndefined();
    expect(tokens('ab', model)).toEqual(['3 ab 0-2']);
    expect(() => model.tokenize('ax')).toThrow('unk_id must be given to encode "x"');
  });

  test('does not look for reserved pieces in texts', () => {
    const model = read({ reserved: [0, 1] });
    expect(tokens('ab<unk>', model)).toEqual(['3 ab 0-2', '0 <unk> 2-7']);
    expect(tokens('aa', model)).toEqual(['0 aa 0-2']);
    expect(model.tokenToId('a')).toBe(1);
    expect(JSON.parse(JSON.stringify(model))).toEqual({ ...json, reserved: [0, 1] });
  });

  test('decides on ties in 32 bits if the file asks for it', () => {
    const pieces: [string, number][] = [
      ['<unk>', 0],
      ['x', -1.1],
      ['-', -1.7],
      ['--', -2.9],
    ];
    const vocab = pieces.map(([piece, score]) => [piece, Math.fround(score)]);
    const texts = (model: Unigram) => model.tokenize('x---').map(({ text }) => text);
    expect(texts(read({ vocab }))).toEqual(['x', '-', '--']);
    const single = read({ vocab, single_precision: true });
    expect(texts(single)).toEqual(['x', '--', '-']); // as SentencePiece has it
    expect(single.toJSON()).toMatchObject({ single_precision: true });
  });

  test('takes a text of a million characters in time that grows with it', () => {
    expect(read().tokenize('ba'.repeat(500_000))).toHaveLength(500_000);
    expect(read().tokenize('x'.repeat(1_000_000))).toHaveLength(1);
  });

  test('gives its file back', () => {
    expect(JSON.parse(JSON.stringify(read()))).toEqual(json);
    expect(read({ byte_fallback: undefined }).toJSON()).toMatchObject({ byte_fallback: false });
  });

  test.each<[object, string]>([
    [{ unk_id: 7 }, 'f.json: unk_id must be the id of one of the 7 pieces, but is 7'],
    [{ vocab: [], unk_id: 0 }, 'f.json: unk_id must be the id of one of the 0 pieces, but is 0'],
    [{ vocab: { a: 0 } }, 'f.json: vocab must be a list, but is {"a":0}'],
    [{ vocab: [['a', 0], ['b']] }, 'f.json: vocab[1] must be a list of a piece and its score, but is ["b"]'],
    [{ reserved: [9] }, 'f.json: reserved[0] must be the id of one of the 7 pieces, but is 9'],
    [{ byte_fallback: null }, 'f.json: byte_fallback must be true or false, but is null'],
  ])('refuses %j', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
