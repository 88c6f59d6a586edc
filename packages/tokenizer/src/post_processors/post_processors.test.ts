import { describe, expect, test } from 'vitest';
import { JsonNode } from '../json/json_node.js';
import { Tokenizer } from '../tokenizer.js';
import { postProcessors } from './index.js';

const byteLevel = (add_prefix_space: boolean, trim_offsets = true) => ({
  type: 'ByteLevel',
  add_prefix_space,
  trim_offsets,
  use_regex: true,
});
const bert = { type: 'BertProcessing', sep: ['[SEP]', 1], cls: ['[CLS]', 2] };
const roberta = (trim_offsets: boolean, add_prefix_space = false) => ({
  ...bert,
  type: 'RobertaProcessing',
  trim_offsets,
  add_prefix_space,
});
const template = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '[SEP]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 0 } }],
  special_tokens: { '[SEP]': { id: '[SEP]', ids: [1], tokens: ['[SEP]'] } },
};

test('offsets are stepped over whole characters', () => {
  const vocab = { '<s>': 0, '</s>': 1, '<mask>': 2, Ġ: 3, ĠðŁĺĢ: 4, Ġb: 5, ðŁĺĢ: 6, ĠðŁĺĢb: 7 };
  const space = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const made = Tokenizer.fromJSON({
    version: '1.0',
    added_tokens: [{ id: 2, content: '<mask>', ...flags }],
    pre_tokenizer: space,
    post_processor: space,
    model: { type: 'WordLevel', vocab, unk_token: '<s>' },
  });
  // as Hugging Face's library has them, counted in characters there
  const offsets = (text: string) =>
    made
      .encode(text)
      .offsets.map((pair) => pair.join('-'))
      .join(' ');
  expect(offsets('<mask>😀')).toBe('0-6 8-8');
  expect(offsets('<mask> 😀')).toBe('0-6 7-9');
  expect(offsets('<mask>b 😀')).toBe('0-6 7-7 8-10');
  expect(offsets('😀')).toBe('0-2');
});

test('a prefix that is no part of the text has no offsets, before a character of two units too', () => {
  const units = ['Ġ', 'ð', 'Ł', 'Ļ', 'Ĥ', 'a'];
  const space = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
  const made = Tokenizer.fromJSON({
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: space,
    post_processor: space,
    model: { type: 'BPE', vocab: Object.fromEntries(units.map((unit, id) => [unit, id])), merges: [] },
  });
  const offsets = (text: string) =>
    made
      .encode(text)
      .offsets.map((pair) => pair.join('-'))
      .join(' ');
  expect(offsets('🙂 a')).toBe('0-0 0-2 0-2 0-2 0-2 3-3 3-4');
  expect(offsets('a 🙂 a')).toBe('0-0 0-1 2-2 2-4 2-4 2-4 2-4 5-5 5-6');
  expect(offsets(' 🙂')).toBe('0-0 1-3 1-3 1-3 1-3');
});

/** A tokenizer with one unknown token a word, white space being words or their starts. */
const tokenizer = (post_processor: object, pre_tokenizer: object) =>
  Tokenizer.fromJSON({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer,
    post_processor,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: { '[UNK]': 0, Ġ: 1, ĠĠ: 2, ĊĠĠ: 3, Ġb: 4, a: 5, Ġa: 6 },
      unk_token: '[UNK]',
    },
  });
const words = { type: 'WhitespaceSplit' };

describe.each([
  ['BertProcessing', bert, '0 0 0', '0 0 0 1 1'],
  ['RobertaProcessing', roberta(true), '0 0 0', '0 0 0 0 0 0'],
])('%s', (_, json, types, pairTypes) => {
  const made = tokenizer(json, words);

  test('puts special tokens around a text, a pair and what overflows', () => {
    const { ids, typeIds, specialTokensMask, sequenceIds } = made.encode('a');
    expect(ids).toEqual([2, 5, 1]);
    expect(typeIds.join(' ')).toBe(types);
    expect(specialTokensMask).toEqual([1, 0, 1]);
    expect(sequenceIds).toEqual([null, 0, null]);
    const pair = made.encode('a', {
      pair: 'b b',
      truncation: 'only_second',
      maxLength: pairTypes.length / 2 + 0.5,
    });
    expect(pair.ids).toEqual(json === bert ? [2, 5, 1, 0, 1] : [2, 5, 1, 1, 0, 1]);
    expect(pair.typeIds.join(' ')).toBe(pairTypes);
    const [window] = pair.overflowing;
    expect([window!.ids, window!.typeIds]).toEqual([pair.ids, pair.typeIds]);
    expect(made.encode('a', { addSpecialTokens: false }).ids).toEqual([5]);
  });

  test('is read and written', () => {
    expect(made.toJSON()).toMatchObject({ post_processor: json });
    const read = (change: object) => postProcessors.build(JsonNode.of({ ...json, ...change }, 'file'));
    expect(() => read({ sep: ['[SEP]'] })).toThrow('file: sep must be a token and its id, but is ["[SEP]"]');
    expect(() => read({ cls: ['[CLS]', '2'] })).toThrow('file: cls[1] must be an integer from 0');
  });
});

describe('ByteLevel and RobertaProcessing take white space out of offsets', () => {
  const offsets = (json: object, text: string, prefix = false) =>
    tokenizer(json, byteLevel(prefix))
      .encode(text, { addSpecialTokens: false })
      .offsets.map((range) => range.join('-'))
      .join(' ');

  test.each([byteLevel(false), roberta(true), { type: 'Sequence', processors: [byteLevel(false), bert] }])(
    'as $type',
    (json) => {
      expect(offsets(json, 'a a   b ')).toBe('0-1 2-3 5-5 6-7 8-8');
      expect(offsets(json, ' a')).toBe('1-2');
    },
  );

  test('but not the one space that was put before the text', () => {
    expect(offsets(byteLevel(true), 'a a', true)).toBe('0-1 2-3');
    expect(offsets(byteLevel(true), ' a', true)).toBe('0-2'); // taken for it, as in the reference
    expect(offsets(byteLevel(true), '  a', true)).toBe('0-0 2-3');
    expect(offsets(roberta(true, true), '   a', true)).toBe('2-2 3-4');
  });

  test('unless the file says not to', () => {
    expect(offsets(byteLevel(false, false), 'a a ')).toBe('0-1 1-3 3-4');
    expect(offsets(roberta(false), 'a a ')).toBe('0-1 1-3 3-4');
  });
});

describe('Sequence', () => {
  const sequence = (...processors: object[]) => ({ type: 'Sequence', processors });

  test('runs its post-processors one after the other', () => {
    const made = tokenizer(sequence(bert, template), words);
    expect(made.encode('a').ids).toEqual([1, 2, 5, 1]);
    expect(made.toJSON()).toMatchObject({ post_processor: sequence(bert, template) });
    expect(made.encode('a a a', { maxLength: 4 }).ids).toEqual([1, 2, 5, 1]);
    expect(tokenizer(sequence(), words).encode('a', { pair: 'a' }).typeIds).toEqual([0, 1]);
  });

  test('refuses what it cannot join', () => {
    const made = tokenizer(
      sequence(bert, { ...template, single: [...template.single, ...template.single] }, template),
      words,
    );
    expect(() => made.encode('a')).toThrow('a template takes a text or a pair, but gets 4 parts');
  });
});
