import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordEnd } from './gpt2_words.js';

const regex =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function words(text: string, afterSpace = false): string[] {
  const found: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = wordEnd(text, start, afterSpace && start === 0);
    found.push(text.slice(start, end));
    if (end === start) return [...found, ...words(text)];
    start = end;
  }
  return found;
}

const parts = [
  "'",
  's',
  'll',
  'v',
  'e',
  'S',
  ' ',
  '  ',
  '\n',
  '\u3000',
  '\u200b',
  '1',
  '½',
  '!',
  'é',
  '日',
  '😀',
  '𝟘',
  '\ud83d',
];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...parts), maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

test('words are the matches of the regular expression', () => {
  expect(words("I'll say:  it's 20 °C,\n he'd 'vex' '")).toEqual([
    'I',
    "'ll",
    ' say',
    ':',
    ' ',
    ' it',
    "'s",
    ' 20',
    ' °',
    'C',
    ',',
    '\n',
    ' he',
    "'d",
    " '",
    'vex',
    "'",
    " '",
  ]);
  fc.assert(
    fc.property(text, (text) => {
      expect(words(text)).toEqual(text.match(regex) ?? []);
    }),
    { numRuns: 2000 },
  );
});

test('the first word may have a space before it that is not there', () => {
  fc.assert(
    fc.property(text, (text) => {
      fc.pre(!text.startsWith(' ') && text !== '');
      const [first, ...rest] = ` ${text}`.match(regex)!;
      expect(words(text, true)).toEqual([first!.slice(1), ...rest]);
    }),
    { numRuns: 2000 },
  );
});

test('takes a million characters of one kind, or of all, in time that grows with them', () => {
  expect(words('a'.repeat(1e6))).toHaveLength(1);
  expect(words(' '.repeat(1e6))).toHaveLength(1);
  expect(words(' a'.repeat(5e5))).toHaveLength(5e5);
});
