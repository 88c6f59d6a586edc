import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { NormalizedString } from '../text/normalized_string.js';
import { Precompiled } from './precompiled.js';

/** The units of SentencePiece's trie for the rules ﾋﾞ → ビ, ﾋ → ヒ, abc → A, z → nothing. */
const units: Record<number, number> = {
  ...{ 0: 0x18000, 1: 0x18061, 2: 0x80000001, 3: 0x19062, 4: 0x1963, 5: 0x80000000, 6: 0x228be, 7: 0x3d8b },
  ...{ 8: 0x80000003, 9: 0x274be, 10: 0x59e, 11: 0x80000007, 26: 0x7d7a, 143: 0xdcef, 231: 0x140ef },
};
const trie = Uint32Array.from({ length: 256 }, (_, i) => units[i] ?? 0);
const table = [...new Uint8Array(Uint32Array.of(1024).buffer), ...new Uint8Array(trie.buffer)];
const values = [...new TextEncoder().encode('\0A\0ヒ\0ビ\0')];
const json = {
  type: 'Precompiled',
  precompiled_charsmap: btoa(String.fromCharCode(...table, ...values)),
};
const read = (changes: object = {}) => Precompiled.fromJSON(JsonNode.of({ ...json, ...changes }, 'f.json'));

describe('Precompiled', () => {
  test('looks up short graphemes, others character by character', () => {
    const text = read().normalize(NormalizedString.of('zabcab ﾋﾞﾋz.'));
    expect(text.text).toBe('abcab ヒﾞヒ.');
    expect(read().toJSON()).toEqual(json);
  });

  test('takes the longest key if the file asks for it', () => {
    const longest = read({ longest_match: true });
    const original = 'zabcab ﾋﾞ😀\ud800ﾋz.';
    const text = longest.normalize(NormalizedString.of(original));
    expect(text.text).toBe('Aab ビ😀\ud800ヒ.');
    const places = Array.from(text.text, (_, i) => original.slice(...text.originalOffsets(i, i + 1)));
    expect(places).toEqual(['a', 'a', 'b', ' ', 'ﾋ', '😀', '😀', '\ud800', 'ﾋ']);
    expect(longest.toJSON()).toEqual({ ...json, longest_match: true });
  });

  test.each<[object, string]>([
    [{ precompiled_charsmap: 'AAA' }, 'f.json: precompiled_charsmap must be a table of characters in base64'],
    [{ longest_match: 1 }, 'f.json: longest_match must be true or false, but is 1'],
  ])('refuses %j', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
