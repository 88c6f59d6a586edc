import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lowercase } from '../normalizers/lowercase.js';
import { Unicode } from '../normalizers/unicode.js';
import { NormalizedString } from './normalized_string.js';

/** Each unit of the text with the part of the original it came from. */
const parts = (original: string, text: NormalizedString) =>
  [...text.text].map((_, i) => original.slice(...text.originalOffsets(i, i + 1)));

describe('NormalizedString', () => {
  test('is the original at first', () => {
    const text = NormalizedString.of('a😀b');
    expect(text.originalOffsets()).toEqual([0, 4]);
    expect(text.originalOffsets(1, 3)).toEqual([1, 3]);
    expect(text.originalOffsets(1, 2)).toEqual([1, 3]); // half a pair stands for the whole
    expect(text.slice(1, 3).slice(0, 2).originalOffsets()).toEqual([1, 3]);
  });

  test('replaces, inserts and removes', () => {
    const text = NormalizedString.of('abcd').transform(['X', 'Y', 'Z'], [0, 1, -1], 1);
    expect(text.text).toBe('XYZ'); // a removed, X for b, Y inserted, Z for c, d removed
    expect(parts('abcd', text)).toEqual(['b', 'b', 'c']);
    const again = text.transform(['1', '2', '3'], [1, -1, 0]);
    expect(parts('abcd', again)).toEqual(['', 'b', 'c']);
  });

  test('keeps its place in slices of slices', () => {
    const original = 'x 各 e\u0301 İ';
    const text = new Lowercase().normalize(new Unicode('NFC').normalize(NormalizedString.of(original)));
    expect(text.text).toBe('x 各 é i\u0307');
    expect(parts(original, text.slice(2, 8))).toEqual(['各', ' ', 'e', ' ', 'İ', 'İ']);
    expect(text.slice(2, 8).slice(2, 3).originalOffsets()).toEqual([4, 5]);
  });

  test('offsets stay within the original and never fall', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD'),
        (original, form) => {
          const text = new Lowercase().normalize(new Unicode(form).normalize(NormalizedString.of(original)));
          let last = 0;
          for (let i = 0; i < text.length; i++) {
            const [start, end] = text.originalOffsets(i, i + 1);
            expect(start).toBeGreaterThanOrEqual(last);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(original.length);
            last = start;
          }
        },
      ),
    );
  });
});

test('Lowercase lowers every character as if alone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...'aAΣσςİIıẞßǅKÅÉ😀𐐀Ⅷ')).map((all) => all.join('')),
      (original) => {
        const text = new Lowercase().normalize(NormalizedString.of(original));
        expect(text.text).toBe([...original].map((character) => character.toLowerCase()).join(''));
      },
    ),
  );
});
