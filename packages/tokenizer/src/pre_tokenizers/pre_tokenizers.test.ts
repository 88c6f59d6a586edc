import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { NormalizedString } from '../text/normalized_string.js';
import { preTokenizers } from './index.js';

const build = (json: object) => preTokenizers.build(JsonNode.of(json, 'tokenizer.json'));

/** The pieces of a text, and the parts of the text that they stand for if they differ. */
function pieces(json: object, text: string): (string | [string, string])[] {
  return build(json)
    .preTokenize(NormalizedString.of(text))
    .map((piece) => {
      const part = text.slice(...piece.originalOffsets());
      return part === piece.text ? part : [piece.text, part];
    });
}

describe('ByteLevel', () => {
  const byteLevel = (addPrefixSpace: boolean, useRegex = true) => ({
    type: 'ByteLevel',
    add_prefix_space: addPrefixSpace,
    trim_offsets: true,
    use_regex: useRegex,
  });

  test('splits into words, as characters of bytes', () => {
    expect(pieces(byteLevel(false), "it's é 😀\t\n x")).toEqual([
      'it',
      "'s",
      ['ĠÃ©', ' é'],
      ['ĠðŁĺĢ', ' 😀'],
      ['ĉĊ', '\t\n'],
      ['Ġx', ' x'],
    ]);
    expect(pieces(byteLevel(false), 'a\ud83d')).toEqual(['a', ['ï¿½', '\ud83d']]);
  });

  test('puts a space before the first word, in its place', () => {
    expect(pieces(byteLevel(true), 'hey you')).toEqual([
      ['Ġhey', 'hey'],
      ['Ġyou', ' you'],
    ]);
    expect(pieces(byteLevel(true), ' hey')).toEqual([['Ġhey', ' hey']]);
    expect(pieces(byteLevel(true), '\nhey')).toEqual([['Ġ', '\n'], ['Ċ', '\n'], 'hey']);
    expect(pieces(byteLevel(true), '')).toEqual([]);
    expect(pieces(byteLevel(true, false), "a b's")).toEqual([["ĠaĠb's", "a b's"]]);
    expect(pieces(byteLevel(true, false), '')).toEqual([]);
  });

  test('splits unless the file says otherwise', () => {
    const { use_regex, ...old } = byteLevel(false);
    expect(build(old).toJSON()).toEqual({ ...old, use_regex });
    expect(() => build({ type: 'ByteLevel' })).toThrow(
      'tokenizer.json: add_prefix_space must be true or false, but is missing',
    );
  });
});

describe('Metaspace', () => {
  const metaspace = (prepend_scheme: string, split = true, replacement = '▁') => ({
    type: 'Metaspace',
    replacement,
    prepend_scheme,
    split,
  });

  test('marks spaces, and splits before them', () => {
    expect(pieces(metaspace('always'), 'a  b ')).toEqual([
      ['▁a', 'a'],
      ['▁', ' '],
      ['▁b', ' b'],
      ['▁', ' '],
    ]);
    expect(pieces(metaspace('always'), ' a')).toEqual([['▁a', ' a']]);
    expect(pieces(metaspace('never'), 'a b▁')).toEqual(['a', ['▁b', ' b'], '▁']);
    expect(pieces(metaspace('never', false), 'a b')).toEqual([['a▁b', 'a b']]);
    expect(pieces(metaspace('always', true, '😀'), 'a b')).toEqual([
      ['😀a', 'a'],
      ['😀b', ' b'],
    ]);
    expect(pieces(metaspace('always'), '')).toEqual([]);
  });

  test('marks what starts the text only, if asked', () => {
    const afterDash = { type: 'Split', pattern: { String: '-' }, behavior: 'Removed', invert: false };
    const sequence = { type: 'Sequence', pretokenizers: [afterDash, metaspace('first')] };
    expect(pieces(sequence, 'a-b')).toEqual([['▁a', 'a'], 'b']);
    expect(pieces(sequence, '-b')).toEqual(['b']);
    const stripped = NormalizedString.of(' b').transform(['b'], [0], 1);
    expect(build(metaspace('first')).preTokenize(stripped)[0]!.text).toBe('b'); // not the start, as in the reference
  });

  test('reads old spellings', () => {
    const old = { type: 'Metaspace', replacement: '▁', add_prefix_space: true };
    expect(build(old).toJSON()).toEqual(metaspace('always'));
    expect(build({ ...old, str_rep: '▁', prepend_scheme: 'never' }).toJSON()).toEqual(metaspace('never'));
    expect(build({ ...old, add_prefix_space: false }).toJSON()).toEqual(metaspace('never'));
    expect(() => build({ ...old, add_prefix_space: false, prepend_scheme: 'first' })).toThrow(
      'prepend_scheme must be never where add_prefix_space is false, but is "first"',
    );
    expect(() => build({ ...old, replacement: '__' })).toThrow(
      'replacement must be one character, but is "__"',
    );
  });
});

test('Punctuation splits at that of all scripts and at symbols of ASCII', () => {
  const text = 'a«b$€。+c';
  expect(pieces({ type: 'Punctuation' }, text)).toEqual(['a', '«', 'b', '$', '€', '。', '+', 'c']);
  expect(pieces({ type: 'Punctuation', behavior: 'Contiguous' }, text)).toEqual([
    'a',
    '«',
    'b',
    '$',
    '€',
    '。+',
    'c',
  ]);
  expect(build({ type: 'Punctuation' }).toJSON()).toEqual({ type: 'Punctuation', behavior: 'Isolated' });
  expect(() => build({ type: 'Punctuation', behavior: 'isolated' })).toThrow(
    'behavior must be one of Removed',
  );
});

test('Digits splits numbers off', () => {
  const digits = (individual_digits: boolean) => ({ type: 'Digits', individual_digits });
  expect(pieces(digits(false), 'a12½ ३𝟘b')).toEqual(['a', '12½', ' ', '३𝟘', 'b']);
  expect(pieces(digits(true), 'a12½ ३𝟘b')).toEqual(['a', '1', '2', '½', ' ', '३', '𝟘', 'b']);
});

test('CharDelimiterSplit splits at a character', () => {
  expect(pieces({ type: 'CharDelimiterSplit', delimiter: ']' }, ']a]]b')).toEqual(['a', 'b']);
  expect(pieces({ type: 'CharDelimiterSplit', delimiter: '😀' }, 'a😀b')).toEqual(['a', 'b']);
  expect(() => build({ type: 'CharDelimiterSplit', delimiter: '' })).toThrow(
    'delimiter must be one character',
  );
});

test('BertPreTokenizer splits at white space and around punctuation', () => {
  const text = " it's\u3000$5 (a--b)\n日本。😀!\ud83d";
  const expected = [
    'it',
    "'",
    's',
    '$',
    '5',
    '(',
    'a',
    '-',
    '-',
    'b',
    ')',
    '日本',
    '。',
    '😀',
    '!',
    '\ud83d',
  ];
  expect(pieces({ type: 'BertPreTokenizer' }, text)).toEqual(expected);
});

test('UnicodeScripts splits where the script changes', () => {
  const json = { type: 'UnicodeScripts' };
  expect(pieces(json, '  すカ日ー and кир1')).toEqual(['すカ日ー ', 'and ', 'кир', '1']);
  expect(pieces(json, 'a\u0301\u0953')).toEqual(['a', '\u0301', '\u0953']);
  expect(pieces(json, 'a\ue000b')).toEqual(['a\ue000b']); // private use: no script
  expect(pieces(json, ' \ud800')).toEqual([]);
});

test('FixedLength splits after so many characters', () => {
  expect(pieces({ type: 'FixedLength' }, 'ab😀😀cde')).toEqual(['ab😀😀c', 'de']);
  expect(pieces({ type: 'FixedLength', length: 1 }, '😀\ud800')).toEqual(['😀', '\ud800']);
  expect(() => build({ type: 'FixedLength', length: 0 })).toThrow(
    'length must be an integer from 1, but is 0',
  );
});
