import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { BPE } from './bpe.js';

const json = {
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
  vocab: { a: 0, b: 1, c: 2, ab: 3, bc: 4, abc: 5, 漢: 6, '😀': 7, '漢😀': 9 },
  merges: [
    ['b', 'c'],
    ['a', 'bc'],
    ['漢', '😀'],
    ['a', 'b'],
  ],
};
const read = (changes: object = {}) => BPE.fromJSON(JsonNode.of({ ...json, ...changes }, 'f.json'));
const tokens = (word: string, model = read()) =>
  model.tokenize(word).map(({ text, start, end }) => `${text} ${start}-${end}`);
const bytes = (text: string) =>
  [...new TextEncoder().encode(text)].map(
    (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );

describe('BPE', () => {
  test('merges by rank, from the left among equals', () => {
    expect(tokens('abcab')).toEqual(['abc 0-3', 'ab 3-5']);
    expect(tokens('漢😀a')).toEqual(['漢😀 0-3', 'a 3-4']);
    const vocab = { a: 0, aa: 1 };
    expect(tokens('aaa', read({ vocab, merges: ['a a'] }))).toEqual(['aa 0-2', 'a 2-3']);
    expect(tokens('')).toEqual([]);
  });

  test('reads merges of both spellings', () => {
    const merges = ['#version: 0.2', 'b c', 'a bc', '漢 😀', 'a b'];
    expect(read({ merges }).toJSON()).toEqual(read().toJSON());
    const twice = read({ merges: [['a', 'b'], ...json.merges] });
    expect(JSON.parse(JSON.stringify(twice)).merges).toEqual(json.merges);
  });

  test('leaves unknown characters out, or gives them a token each, or one together', () => {
    expect(tokens('abxyab').map((token) => token.split(' ')[0])).toEqual(['ab', 'ab']);
    const vocab = { ...json.vocab, '?': 10 };
    expect(tokens('abx\ud800', read({ vocab, unk_token: '?' }))).toEqual(['ab 0-2', '? 2-3', '? 3-4']);
    expect(tokens('xéab', read({ vocab, unk_token: '?', fuse_unk: true }))).toEqual(['? 0-2', 'ab 2-4']);
    expect(() => tokens('x', read({ unk_token: '?' }))).toThrow(
      'the vocabulary must have the unknown token ? to encode "x"',
    );
  });

  test('falls back to the bytes of a character if it has them all', () => {
    const vocab = Object.fromEntries(['?', 'a', ...bytes('é😀\ufffd')].map((token, id) => [token, id]));
    const model = read({ vocab, merges: [], unk_token: '?', byte_fallback: true });
    expect(tokens('aé', model)).toEqual(['a 0-1', '<0xC3> 1-2', '<0xA9> 1-2']);
    expect(tokens('😀a', model)).toEqual([...bytes('😀').map((token) => `${token} 0-2`), 'a 2-3']);
    expect(tokens('\ude00è', model)).toEqual([...bytes('\ufffd').map((token) => `${token} 0-1`), '? 1-2']);
  });

  test('knows where a word goes on and where it ends', () => {
    const vocab = { a: 0, '#a': 1, a$: 2, '#a$': 3, aa: 4, '#aa$': 5 };
    const merges = ['#a #a$', 'a #a'];
    const model = read({ vocab, merges, continuing_subword_prefix: '#', end_of_word_suffix: '$' });
    expect(tokens('a', model)).toEqual(['a$ 0-1']);
    expect(tokens('aaaa', model)).toEqual(['aa 0-2', '#aa$ 2-4']);
  });

  test('takes known words as they are if merges are ignored', () => {
    const vocab = { ...json.vocab, cab: 10 };
    expect(tokens('cab', read({ vocab, ignore_merges: true }))).toEqual(['cab 0-3']);
    expect(tokens('cab', read({ vocab }))).toEqual(['c 0-1', 'ab 1-3']);
    expect(tokens('cabc', read({ vocab, ignore_merges: true }))).toEqual(['c 0-1', 'abc 1-4']);
  });

  test('passes merges over by dropout, the same for the same seed', () => {
    expect(tokens('abc', read({ dropout: 1 }))).toEqual(['a 0-1', 'b 1-2', 'c 2-3']);
    expect(read({ dropout: 0 }).isRandom).toBe(false);
    const runs = (seed: number) => {
      const model = read({ dropout: 0.5, seed });
      return Array.from({ length: 100 }, () => tokens('abc', model).length);
    };
    expect(runs(1)).toEqual(runs(1));
    expect(runs(1)).not.toEqual(runs(2));
    expect(new Set(runs(3))).toEqual(new Set([1, 2, 3]));
    expect(read({ dropout: 0.5, seed: 7 }).toJSON()).toMatchObject({ dropout: 0.5, seed: 7 });
  });

  test('agrees with a plain search for the first merge', () => {
    const model = read();
    const ranks = new Map(json.merges.map((merge, rank) => [merge.join(' '), rank]));
    const slow = (word: string) => {
      const parts = [...word];
      for (;;) {
        const found = parts.map((part, i) => ranks.get(`${part} ${parts[i + 1]}`) ?? Infinity);
        const first = found.indexOf(Math.min(...found));
        if (!Number.isFinite(found[first] ?? Infinity)) return parts;
        parts.splice(first, 2, parts[first]! + parts[first + 1]!);
      }
    };
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '漢', '😀') }), (word) => {
        expect(model.tokenize(word).map(({ text }) => text)).toEqual(slow(word));
      }),
    );
  });

  test('takes a word of a million characters in time that grows little faster', () => {
    const powers = Array.from({ length: 12 }, (_, i) => 'a'.repeat(2 ** i));
    const vocab = Object.fromEntries(powers.map((power, id) => [power, id]));
    const merges = powers.slice(1).map((_, i) => [powers[i], powers[i]]);
    expect(read({ vocab, merges }).tokenize('a'.repeat(2 ** 20))).toHaveLength(2 ** 9);
    expect(read().tokenize('abc'.repeat(350_000))).toHaveLength(350_000);
  });

  test('gives its file back', () => {
    expect(JSON.parse(JSON.stringify(read()))).toEqual(json);
    const { vocab, merges } = json;
    expect(JSON.parse(JSON.stringify(read({ vocab, merges, fuse_unk: undefined })))).toEqual(json);
  });

  test.each<[object, string]>([
    [
      {
        merges: [
          ['a', 'b'],
          ['b', 'x'],
        ],
      },
      'f.json: merges[1] must be of tokens in the vocabulary, which lacks "x", but is ["b","x"]',
    ],
    [
      { merges: ['#version', 'b a'] },
      'f.json: merges[1] must be of tokens in the vocabulary, which lacks "ba", but is "b a"',
    ],
    [{ merges: ['a  b'] }, 'f.json: merges[0] must be two tokens, as ["a", "b"] or "a b", but is "a  b"'],
    [{ merges: [['a']] }, 'f.json: merges[0] must be two tokens, as ["a", "b"] or "a b", but is ["a"]'],
    [{ merges: undefined }, 'f.json: merges must be a list, but is missing'],
    [{ vocab: undefined }, 'f.json: vocab must be an object, but is missing'],
    [{ dropout: 1.5 }, 'f.json: dropout must be a number from 0 to 1, but is 1.5'],
    [{ fuse_unk: 'yes' }, 'f.json: fuse_unk must be true or false, but is "yes"'],
  ])('refuses %j', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
