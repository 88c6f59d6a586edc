import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  asciiToByteCharacters,
  byteUnits,
  normalizeToByteCharacters,
  toByteCharacters,
  unitBytes,
} from './byte_level.js';
import { NormalizedString } from './normalized_string.js';

const bytesOf = (text: string) => Array.from(text, (unit) => unitBytes[unit.charCodeAt(0)]!);

describe('byte characters', () => {
  test('are one a byte, none of them a space or control character', () => {
    const all = String.fromCharCode(...byteUnits);
    expect(new Set(all).size).toBe(256);
    expect(all).not.toMatch(/[\p{C}\p{Z}]/u);
    expect(bytesOf(all)).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    expect(unitBytes.filter((byte) => byte === -1)).toHaveLength(unitBytes.length - 256);
    expect(String.fromCharCode(byteUnits[0x20]!, byteUnits[0x0a]!, byteUnits[0xad]!)).toBe('ĠĊŃ');
  });

  test('are the bytes of UTF-8, U+FFFD for half a pair', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(fc.string(), fc.constant('\ud83d'), fc.constant('\ude00')) }),
        (text) => {
          expect(bytesOf(toByteCharacters(text))).toEqual([...new TextEncoder().encode(text)]);
        },
      ),
    );
    expect(toByteCharacters('a \ud800')).toBe('aĠï¿½');
    expect(asciiToByteCharacters('a \té\x7f')).toBe('aĠĉéġ');
  });

  test('have the place of their character', () => {
    const original = 'xa é😀\ud800';
    const text = normalizeToByteCharacters(NormalizedString.of(original).slice(1, 7));
    expect(text.text).toBe('aĠÃ©ðŁĺĢï¿½');
    const places = Array.from(text.text, (_, i) => text.originalOffsets(i, i + 1).join('-'));
    expect(places.join(' ')).toBe('1-2 2-3 3-4 3-4 4-6 4-6 4-6 4-6 6-7 6-7 6-7');
    expect(normalizeToByteCharacters(NormalizedString.of('b c')).originalOffsets(1, 2)).toEqual([1, 2]);
  });
});
