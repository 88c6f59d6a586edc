import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NormalizedString } from './normalized_string.js';
import { translateRegex } from './regex.js';
import { caseVariants } from './regex_classes.js';
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

describe('translateRegex', () => {
  const matches = (source: string, text: string) =>
    [...text.matchAll(new RegExp(translateRegex(source), 'gv'))].map((match) => match[0]);

  test.each<[string, string, string[]]>([
    ['(?i)straße|K', 'STRAßE K k \u212a', ['STRAßE', 'K', 'k', '\u212a']],
    ['a(?i)b|c', 'aB aC c b', ['aB', 'aC']],
    ['(?i:[a-c])x', 'Ax bx Dx', ['Ax', 'bx']],
    ['(?m:a.b)|c.d', 'a\nb c\nd c-d', ['a\nb', 'c-d']],
    ['^a|b$', 'a\na b\nb', ['a', 'a', 'b', 'b']],
    ['\\Aa|b\\z', 'a\na b\nb', ['a', 'b']],
    ['a++b|a*+a', 'aab aac', ['aab']],
    ['(?>a|ab)c', 'abc ac', ['ac']],
    ['a{,2}b', 'aaab b', ['aab', 'b']],
    ['[a-z&&[^b-y]]', 'abyz', ['a', 'z']],
    ['[^\\s\\d]+', 'a1 b\u0085c٣d', ['a', 'b', 'c', 'd']],
    ['[]a]', ']a[', [']', 'a']],
    ['[[:upper:][:^alpha:]]', 'aB1', ['B', '1']],
    ['\\p{Han}\\P{Han}\\p{^L}', '日a1 日日1', ['日a1']],
    ['\\p{lowercase_letter}|\\p{Katakana}', 'aBカか', ['a', 'カ']],
    ['\\x41\\u0042\\x{43}\\t', 'ABC\t', ['ABC\t']],
    ['(?<year>\\d+)(?#comment)年', '2026年', ['2026年']],
    ['\\bé', 'é éé', ['é', 'é']],
    ['(?<!a)b(?!c)', 'ab bc b', ['b']],
    ['{-}', '{-}', ['{-}']],
    ['\\w', '²_\u200d', ['²', '_']],
    ['[\\w]', '²_', ['_']],
  ])('%s', (source, text, expected) => {
    expect(matches(source, text)).toEqual(expected);
  });

  test.each([
    ['a)', 'a ) too many'],
    ['(a', 'lacks a )'],
    ['[a', 'ends too early'],
    ['*a', 'nothing before the *'],
    ['(a)\\1', 'has \\1, which cannot be translated'],
    ['\\K', 'has \\K, which'],
    ['(?x)a', 'a group (?x'],
    ['\\p{Klingon}', 'names the property Klingon'],
    ['\\pL', 'damaged \\p'],
    ['[[:klingon:]]', 'names the class [:klingon:]'],
    ['[b-a]', 'range of characters that falls'],
    ['(?i)[\\x{0}-\\x{ffff}]', 'over 1,000 characters'],
    ['a\\', 'ends too early'],
  ])('refuses %s', (source, message) => {
    expect(() => translateRegex(source)).toThrow(`the regular expression`);
    expect(() => translateRegex(source)).toThrow(message);
  });

  test('finds every case of a character that ignores case', () => {
    const cased = Array.from({ length: 0x1f000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((character) => /\p{Cased}|\u0345/u.test(character));
    const all = cased.join('');
    const wrong = cased.filter((character) => {
      const expected = all.match(new RegExp(`\\u{${character.codePointAt(0)!.toString(16)}}`, 'giv'));
      return [...caseVariants(character)].sort().join('') !== expected?.sort().join('');
    });
    expect(wrong).toEqual([]);
  });

  test('translates or refuses anything', () => {
    const sources = fc.array(
      fc.constantFrom(...'a-[]^(){}?*+|\\.$&:=!<>pPsSdwbzi1,n', '\\p{L}', '(?', '[:', '&&', 'é', '😀'),
    );
    fc.assert(
      fc.property(sources, (parts) => {
        let translated: string;
        try {
          translated = translateRegex(parts.join(''));
        } catch (error) {
          expect((error as Error).message).toMatch(/^the regular expression .+$/s);
          return;
        }
        try {
          new RegExp(translated, 'v');
        } catch (error) {
          expect((error as Error).message).toMatch(/numbers out of order/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
