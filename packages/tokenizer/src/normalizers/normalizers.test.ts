import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { NormalizedString } from '../text/normalized_string.js';
import { movableMarks } from './bert_normalizer.js';
import { normalizers } from './index.js';

const build = (json: object) => normalizers.build(JsonNode.of(json, 'tokenizer.json'));

const bert = (
  clean_text: boolean,
  handle_chinese_chars: boolean,
  strip_accents: boolean | null,
  lowercase: boolean,
) => ({ type: 'BertNormalizer', clean_text, handle_chinese_chars, strip_accents, lowercase });

/** Normalizers, texts, what Hugging Face's `tokenizers` 0.23.3 makes of them, and where each character came from. */
const cases: [normalizer: object, text: string, normalized: string, offsets: string][] = [
  [
    bert(true, true, null, true),
    'Héé\tÀ日本\u0000İ😀\u200d',
    'hee a 日  本 i😀',
    '0-1 1-2 2-3 3-4 4-5 5-6 5-6 5-6 6-7 6-7 6-7 8-9 9-11',
  ],
  [bert(true, false, false, false), 'a\u0007\u00a0é\u200b\r', 'a é ', '0-1 2-3 3-4 5-6'],
  [bert(false, true, true, false), 'Ṩ\u0301𠀀가', 'S 𠀀 가', '0-1 2-4 2-4 2-4 4-5 4-5'],
  [bert(false, true, true, false), 'a\u0323\u302e\u0301', 'a\u302e', '0-1 2-3'],
  [bert(false, true, true, false), 'a\u0301\u1b44b', 'a\u1b44b', '0-1 1-2 3-4'],
  [bert(false, true, true, false), '\u{1d15e}\u0f73', '\u{1d157}\u{1d165}', '0-2 2-3'],
  [bert(false, false, null, false), 'É\u0000', 'É\u0000', '0-1 1-2'],
  [{ type: 'Strip', strip_left: true, strip_right: false }, ' \u3000a ', 'a ', '2-3 3-4'],
  [{ type: 'Strip', strip_left: true, strip_right: true }, '\u00a0a b\u0085\n', 'a b', '1-2 2-3 3-4'],
  [{ type: 'Strip', strip_left: true, strip_right: true }, '  ', '', ''],
  [{ type: 'StripAccents' }, 'e\u0301é\u093e\u20dd', 'eé', '0-1 2-3'],
  [{ type: 'Nmt' }, 'a\u0001\u200b\ufeffb\u2028', 'a  b ', '0-1 2-3 3-4 4-5 5-6'],
  [{ type: 'ByteLevel' }, 'a é😀', 'aĠÃ©ðŁĺĢ', '0-1 1-2 2-3 2-3 3-5 3-5 3-5 3-5'],
  [{ type: 'Prepend', prepend: '▁' }, '😀a', '▁😀a', '0-2 0-2 2-3'],
  [{ type: 'Prepend', prepend: '▁' }, '', '', ''],
  [
    { type: 'Replace', pattern: { String: 'ab' }, content: 'xyz' },
    'abcab',
    'xyzcxyz',
    '1-2 1-2 1-2 2-3 4-5 4-5 4-5',
  ],
  [
    { type: 'Replace', pattern: { Regex: ' {2,}|😀' }, content: '$&' },
    '😀a   b',
    '$&a$&b',
    '0-2 0-2 2-3 5-6 5-6 6-7',
  ],
  [{ type: 'Replace', pattern: { Regex: 'a*' }, content: '-' }, 'ba', '-b-', '0-0 0-1 1-2'],
  [{ type: 'Replace', pattern: { String: '' }, content: '-' }, '', '', ''],
  [{ type: 'Replace', pattern: { Regex: 'é' }, content: '' }, 'aéb', 'ab', '0-1 2-3'],
];

/** The place that each character (code point) came from. */
function offsetsOf(text: NormalizedString): string {
  let index = 0;
  const places = Array.from(text.text, (character) => {
    index += character.length;
    return text.originalOffsets(index - character.length, index).join('-');
  });
  return places.join(' ');
}

describe('normalizers', () => {
  test.each(cases)('%j makes %j of %j', (json, text, normalized, offsets) => {
    const normalizer = build(json);
    const made = normalizer.normalize(NormalizedString.of(text));
    expect([made.text, offsetsOf(made)]).toEqual([normalized, offsets]);
    expect(JSON.parse(JSON.stringify(normalizer))).toEqual(json);
  });

  test('keep their place in a text that others changed before', () => {
    const parts = [
      { type: 'Prepend', prepend: '▁' },
      { type: 'NFKC' },
      bert(true, true, null, true),
      { type: 'Replace', pattern: { String: ' ' }, content: '▁▁' },
    ];
    const made = build({ type: 'Sequence', normalizers: parts }).normalize(NormalizedString.of('ﬁ É'));
    expect([made.text, offsetsOf(made)]).toEqual(['▁fi▁▁e', '0-1 0-1 0-1 1-2 1-2 2-3']);
  });

  test('BERT knows all marks that stay and may change places', () => {
    const isMovable = (mark: string) =>
      /(?!\p{Mn})\p{M}/u.test(mark) && `\u0345${mark}`.normalize('NFD') !== `\u0345${mark}`;
    const all = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
    const movable = all.filter((character) => [...character.normalize('NFD')].some(isMovable));
    expect(movable.length).toBeGreaterThan(30);
    expect(movable.filter((character) => !movableMarks.test(character))).toEqual([]);
  });

  test('lone surrogates pass, and BERT takes them away', () => {
    for (const [json] of cases) {
      expect(() => build(json).normalize(NormalizedString.of('a\ud800\u0301\udc00'))).not.toThrow();
    }
    expect(build(bert(true, true, null, true)).normalize(NormalizedString.of('A\ud800b')).text).toBe('ab');
  });

  test('errors name the place and the rule', () => {
    expect(() => build({ type: 'Sequence', normalizers: [{ type: 'Strip', strip_left: true }] })).toThrow(
      'tokenizer.json: normalizers[0].strip_right must be true or false, but is missing',
    );
    expect(() => build({ ...bert(true, true, null, true), strip_accents: 'yes' })).toThrow(
      'strip_accents must be true or false, but is "yes"',
    );
    expect(() => build({ type: 'Replace', pattern: { Regex: '[' }, content: '' })).toThrow(
      /pattern must be a regular expression/,
    );
  });
});
