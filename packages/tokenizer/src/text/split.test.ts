import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NormalizedString } from './normalized_string.js';
import { split, splitBehaviors } from './split.js';

const pieces = (text: string, ...args: [RegExp, (typeof splitBehaviors)[number], boolean?]) =>
  split(NormalizedString.of(text), ...args).map((piece) => piece.text);

describe('split', () => {
  test.each([
    ['Removed', ['the', 'final', 'countdown']],
    ['Isolated', ['the', '-', 'final', '-', '-', 'countdown']],
    ['MergedWithPrevious', ['the-', 'final-', '-', 'countdown']],
    ['MergedWithNext', ['the', '-final', '-', '-countdown']],
    ['Contiguous', ['the', '-', 'final', '--', 'countdown']],
  ] as const)('%s', (behavior, expected) => {
    expect(pieces('the-final--countdown', /-/gu, behavior)).toEqual(expected);
  });

  test('inverted splits at what does not match', () => {
    expect(pieces('a1b22', /\d+/gu, 'Removed', true)).toEqual(['1', '22']);
  });

  test('loses and moves nothing, but what it removes', () => {
    const patterns = [/./gsu, /\s/gu, /a*/gu, /\B/gu, /(?!b)/gu].map((pattern) => fc.constant(pattern));
    const behaviors = fc.constantFrom(...splitBehaviors.filter((behavior) => behavior !== 'Removed'));
    const text = fc.array(fc.constantFrom('a', 'b', ' ', '😀', '\ud83d', '\n')).map((all) => all.join(''));
    fc.assert(
      fc.property(text, fc.oneof(...patterns), behaviors, fc.boolean(), (text, pattern, behavior, invert) => {
        const found = split(NormalizedString.of(text), pattern, behavior, invert);
        expect(found.map((piece) => piece.text).join('')).toBe(text);
        for (const piece of found) {
          expect(text.slice(...piece.originalOffsets())).toBe(piece.text);
          expect(piece.text).not.toMatch(/^[\udc00-\udfff]/);
        }
      }),
    );
  });
});
