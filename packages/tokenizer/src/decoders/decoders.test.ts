import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { decoders } from './index.js';

const build = (json: object) => decoders.build(JsonNode.of(json, 'tokenizer.json'));

/** Decoders, tokens, and what Hugging Face's `tokenizers` 0.23.3 makes of them. */
const cases: [decoder: object, tokens: string[], text: string][] = [
  [
    { type: 'WordPiece', prefix: '##', cleanup: true },
    ['un', '##likely', ' do not', "n't", ' ##x', '.'],
    "unlikely  don'tn't  ##x.",
  ],
  [{ type: 'WordPiece', prefix: '##', cleanup: false }, ['##a', '.', '##b'], '##a .b'],
  [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: true }, ['▁a', '▁▁b'], ' a  b'],
  [{ type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: false }, ['▁a▁', '▁▁b'], 'a  b'],
  [{ type: 'BPEDecoder', suffix: '</w>' }, ['a</w>b', 'c</w>', 'd</w>'], 'a bc d'],
  [{ type: 'BPEDecoder', suffix: '' }, ['😀a', 'b'], ' 😀 a b'],
  [
    { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: true },
    ['<pad>', 'h', 'h', 'e', 'l', '<pad>', 'l', 'o', '|', ' .'],
    'hello .',
  ],
  [
    { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: false },
    ['a', 'a<pad>', '|', ' .'],
    'aa| .',
  ],
  [{ type: 'ByteFallback' }, ['<0x61>', '<0xE3>', '<0x81>', '<0x82>'], 'aあ'],
  [
    { type: 'ByteFallback' },
    ['a', '<0xE3>', '<0x81>', 'b', '<0xe3>', ' <0x61>', '<0x6>'],
    'a\ufffd\ufffdb\ufffd <0x61><0x6>',
  ],
  [{ type: 'Strip', content: ' ', start: 1, stop: 0 }, ['  a b  ', ' ', 'xx'], ' a b  xx'],
  [{ type: 'Strip', content: 'a', start: 1, stop: 2 }, ['aabaaa', 'baa'], 'abab'],
  [{ type: 'Replace', pattern: { Regex: '[0-9]+|^' }, content: '$&' }, ['a1b22', '', 'x'], '$&a$&b$&$&x'],
  [
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    ['Ġa', 'ã', 'ģ', 'Ĥ', '日', 'Ð'],
    ' aあ日\ufffd',
  ],
  [
    { type: 'Sequence', decoders: [{ type: 'Fuse' }, { type: 'Strip', content: 'a', start: 0, stop: 1 }] },
    ['ba', 'a'],
    'ba',
  ],
];

describe('decoders', () => {
  test.each(cases)('%j reads %j as %j', (json, tokens, text) => {
    const decoder = build(json);
    expect(decoder.decode(tokens).join('')).toBe(text);
    expect(JSON.parse(JSON.stringify(decoder))).toEqual(json);
  });

  test('Strip takes no more than there is, where the reference fails', () => {
    const strip = build({ type: 'Strip', content: 'a', start: 1, stop: 2 });
    expect(strip.decode(['', 'a', 'aa'])).toEqual(['', '', '']);
  });

  test('errors name the place and the rule', () => {
    const fuse = { type: 'Fuse' };
    expect(() => build({ type: 'Sequence', decoders: [fuse, { type: 'Glue' }] })).toThrow(
      /tokenizer\.json: decoders\[1\]\.type must be a known decoder .*, but is "Glue"/,
    );
    expect(() => build({ type: 'Strip', content: 'ab', start: 0, stop: 0 })).toThrow(
      'content must be one character, but is "ab"',
    );
    expect(() => build({ type: 'CTC', pad_token: 'a', word_delimiter_token: 'b' })).toThrow(
      'cleanup must be true or false, but is missing',
    );
    expect(() => build({ type: 'Replace', pattern: { Regex: '(' }, content: '' })).toThrow(
      /pattern must be a regular expression/,
    );
  });
});

test('ByteFallback reads any number of bytes', () => {
  const decoder = decoders.build(JsonNode.of({ type: 'ByteFallback' }, 'decoder'));
  expect(decoder.decode(Array<string>(300_000).fill('<0xFF>'))).toHaveLength(300_000);
});
