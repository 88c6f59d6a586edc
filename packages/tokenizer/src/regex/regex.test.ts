import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CharacterSet } from './character_set.js';
import { Regex } from './regex.js';

const matches = (source: string, text: string) =>
  Array.from(new Regex(source)[Symbol.matchAll](text), (match) => match[0]);

/** What Oniguruma finds, as Python's `tokenizers` shows it. */
test.each<[string, string, string[]]>([
  ['(?i)straße|K', 'STRAßE K k \u212a', ['STRAßE', 'K', 'k', '\u212a']],
  ['(?i)[a-z]+', 'aſK\u212a', ['aſK\u212a']],
  ['(?i)[^k]', '\u212akx', ['x']],
  ['(?i)\\p{Lu}+', 'aA', ['A']],
  ['(?i)[[:upper:]]+', 'aA', ['aA']],
  ['a(?i)b|c', 'aB aC c b', ['aB', 'aC']],
  ['(?i)a(?-i)b', 'AB Ab', ['Ab']],
  ['(?i:[a-c])x', 'Ax bx Dx', ['Ax', 'bx']],
  ['(?m:a.b)|c.d', 'a\nb c\nd c-d', ['a\nb', 'c-d']],
  ['^a|b$', 'a\na b\nb', ['a', 'a', 'b', 'b']],
  ['\\Aa|b\\z', 'a\na b\nb', ['a', 'b']],
  ['a\\Z', 'a\na\n', ['a']],
  ['a++b|a*+a', 'aab aac', ['aab']],
  ['a?+a', 'aaa a', ['aa']],
  ['a{1,2}+a', 'aaaaaa', ['aaaaaa']],
  ['(?>a|ab)c', 'abc ac', ['ac']],
  ['a{,2}b', 'aaab b', ['aab', 'b']],
  ['a{2}?b', 'aab b', ['aab', 'b']],
  ['a{3,1}a', 'aaa', []],
  ['a{3,1}', 'aaaa', ['aaa', 'a']],
  ['a{,}', 'a{,}', ['a{,}']],
  ['a{1', 'a{1', ['a{1']],
  ['a+*', 'aaa', ['aaa']],
  ['(a*|b)*c', 'baabc', ['baabc']],
  ['(?:(?:a|)b?)*c', 'abac', ['abac']],
  ['(?:|a)++b', 'aab', ['b']],
  ['(?:a|(?:|b)*)*x|.', 'abab', ['a', 'b', 'a', 'b']],
  ['(?:|ab)?+ab', 'abab', ['ab', 'ab']],
  ['(?:a?){3}b', 'aab', ['aab']],
  ['(?:a*){2,3}?b', 'aab', ['aab']],
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
  ['(?<=a|bc)x', 'ax bcx cx', ['x', 'x']],
  ['(?<=a{1,3})b|(?<=\\s+)c', 'aab  cb', ['b', 'c']],
  ['(?<!a*)b', 'aab b', []],
  ['\\R', '\r\n\n', ['\r\n', '\n']],
  ['\\N+|\\O', 'ab\nc', ['ab', '\n', 'c']],
  ['\\s+(?!\\S)|\\s+', 'a   b  ', ['  ', ' ', '  ']],
  ['{-}', '{-}', ['{-}']],
  ['\\w', '²_\u200d', ['²', '_']],
  ['[\\w]', '²_', ['_']],
])('%s', (source, text, expected) => {
  expect(matches(source, text).filter((match) => match !== '')).toEqual(expected);
});

test.each([
  ['a)', 'has a ) too many'],
  ['(a', 'lacks a )'],
  ['[a', 'ends too early'],
  ['*a', 'has nothing before the *'],
  ['(a)\\1', 'has \\1, which is not supported'],
  ['\\K', 'has \\K, which'],
  ['(?x)a', 'has a group (?x'],
  ['\\p{Klingon}', 'names the property Klingon'],
  ['\\pL', 'has a damaged \\p'],
  ['[[:klingon:]]', 'names the class [:klingon:]'],
  ['[b-a]', 'has a range of characters that falls'],
  ['\\x{110000}', 'has \\x{110000}, which is no character'],
  ['(?<=a++)b', 'has an atomic group in a look-behind'],
  ['a{1000}{1000}', 'takes over 5000 steps'],
  ['a{1001}', 'repeats something 1001 times, over 1000'],
  ['('.repeat(300), 'nests over 250 deep'],
  ['['.repeat(300), 'nests over 250 deep'],
  [`a${'*'.repeat(300)}`, 'nests over 250 deep'],
  ['a\\', 'ends too early'],
])('refuses %s', (source, message) => {
  expect(() => new Regex(source)).toThrow(`the regular expression ${message}`);
});

test('a search that would take too much memory ends', () => {
  const text = 'a'.repeat(300_000);
  expect(() => matches('(?=(?:a|b){0,999}c)|a', text)).toThrow(
    'the regular expression takes over 1073741824 bytes for a text of 300000 units',
  );
});

test('reads or refuses anything', () => {
  const sources = fc.array(
    fc.constantFrom(...'a-[]^(){}?*+|\\.$&:=!<>pPsSdwbzi1,n', '\\p{L}', '(?', '[:', '&&', 'é', '😀'),
  );
  fc.assert(
    fc.property(sources, (parts) => {
      let found: string[];
      try {
        found = matches(parts.join(''), 'aé1 -😀\n[(aa');
      } catch (error) {
        expect((error as Error).message).toMatch(/^the regular expression .+$/s);
        return;
      }
      expect('aé1 -😀\n[(aa').toContain(found.join('').slice(0, 1));
    }),
    { numRuns: 5000 },
  );
});

/** Sources that JavaScript reads alike; what a loop repeats is never empty, for there the two differ. */
const { source: commonSource } = fc.letrec<{ source: string; filled: string; part: string }>((tie) => ({
  source: fc.oneof(
    { weight: 3, arbitrary: fc.array(tie('part'), { maxLength: 3 }).map((parts) => parts.join('')) },
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(?:${a}|${b})`),
  ),
  part: fc.oneof(
    { weight: 3, arbitrary: tie('filled') },
    fc
      .tuple(
        tie('filled'),
        fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{0,2}', '{1,2}?', '{2}', '{2,}'),
      )
      .map(([filled, quantifier]) => `(?:${filled})${quantifier}`),
    fc.tuple(fc.constantFrom('=', '!', '<=', '<!'), tie('source')).map(([kind, body]) => `(?${kind}${body})`),
  ),
  filled: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', '😀', '[ab]', '[^a-]', '\\p{L}') },
    fc.tuple(tie('filled'), tie('source')).map(([first, rest]) => `(?:${first}${rest})`),
    fc.tuple(tie('filled'), tie('filled')).map(([a, b]) => `(?:${a}|${b})`),
  ),
}));
const smallText = fc
  .array(fc.constantFrom('a', 'a', 'b', '😀', ' '), { maxLength: 12 })
  .map((all) => all.join(''));

describe('agrees with JavaScript', () => {
  const found = (source: string, text: string) =>
    Array.from(new Regex(source)[Symbol.matchAll](text), ({ index, 0: match }) => [index, match]);

  // V8 also finds empty matches within a surrogate pair, and with the flag v `(?:(?:[^a](?:a)))+?` in 'aa'.
  const expected = (source: string, text: string) =>
    Array.from(
      text.matchAll(new RegExp(source, 'gu')),
      ({ index, 0: match }) => [index, match] as const,
    ).filter(([index]) => !/^[\udc00-\udfff]/.test(text.slice(index)));

  test('on short texts', () => {
    fc.assert(
      fc.property(commonSource, smallText, (source, text) => {
        expect(found(source, text)).toEqual(expected(source, text));
      }),
      { numRuns: 3000 },
    );
  });

  test('when it remembers what failed', () => {
    // So much goes wrong in the beginning that it remembers from there on.
    const failing = '(?:(?:-|-)*d|(?<=-)-{0,3}?(?=(?:-|-)*d))';
    const beginning = '-'.repeat(200);
    fc.assert(
      fc.property(commonSource, smallText, (source, text) => {
        expect(found(`${failing}|${source}`, beginning + text)).toEqual(expected(source, beginning + text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('takes steps in proportion to the text’s length', () => {
  const { has } = CharacterSet.prototype;
  let steps = 0;
  beforeEach(() => {
    CharacterSet.prototype.has = function (code) {
      steps++;
      return has.call(this, code);
    };
  });
  afterEach(() => {
    CharacterSet.prototype.has = has;
  });

  test.each([
    ['(a+)+b', '', 'a', ''],
    ['(a|a)*b', '', 'a', ''],
    ['(?:a*)*b', '', 'a', ''],
    ['(?:a?){2,}b', '', 'a', ''],
    ['a*a*a*a*b', '', 'a', ''],
    ['(?:.*x|y)', '', 'a', ''],
    ['.*?b', '', 'a', ''],
    ['a++b', '', 'a', ''],
    ['a*+a', '', 'a', ''],
    ['(?>(?:aa)*)b', '', 'a', ''],
    ['(?>(?:aa)*?b)', '', 'a', ''],
    ['(?>a|aa)*b', '', 'a', ''],
    ['(?=.*b)a', '', 'a', 'b'],
    ['(?=(?:aa)*b)a', '', 'a', 'b'],
    ['(?=(?=.*b)a*c)a', '', 'a', 'b'],
    ['a(?!.*c)', '', 'a', ''],
    ['(?<=b(?:a|aa)*)c', 'b', 'a', ''],
    ['(?<=b(?:a|aa)*)a', 'b', 'a', ''],
    ['(?<!b.*)a', '', 'a', ''],
    ['(?<!b.*)a', 'b', 'a', ''],
    ['\\s+$', '', ' ', 'x'],
    ['\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+', '', ' ', 'x'],
    ['(?:\\p{L}{1,9}){1,9}x', '', 'a', ''],
  ])('%s in %s%s…%s', (source, start, repeated, end) => {
    const stepsFor = (length: number) => {
      steps = 0;
      for (const _ of new Regex(source)[Symbol.matchAll](start + repeated.repeat(length) + end));
      return steps;
    };
    expect(stepsFor(20_000)).toBeLessThan(2.2 * stepsFor(10_000));
  });
});
