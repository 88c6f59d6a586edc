import { Tokenizer } from '@chui/tokenizer';
import { describe, expect, it } from 'vitest';
import { type EncodeTagsOptions, encodeTags } from './encode_tags.js';
import { type EncodeTextsOptions, encodeTexts, textEncoder } from './encode_texts.js';

const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'good', 'bad', 'un', '##so', '##und', 'film', 'Ada'];
const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
/** WordPiece with BERT's template, as tokenizer.json has it. */
const tokenizer = Tokenizer.fromJSON({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [special('[CLS]', 0), text('A', 0), special('[SEP]', 0)],
    pair: [special('[CLS]', 0), text('A', 0), special('[SEP]', 0), text('B', 1), special('[SEP]', 1)],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
  },
});

describe('encodeTexts', () => {
  const options: EncodeTextsOptions = { tokenizer, text: 'sentence' };
  const labels = ['negative', 'positive'];
  const named = { ...options, labels };

  it('encodes texts with labels that are names or numbers', () => {
    const rows = [
      { sentence: 'good film', label: 'positive' },
      { sentence: 'bad', label: 'negative' },
    ];
    const examples = [
      { inputIds: [2, 4, 9, 3], labels: 1 },
      { inputIds: [2, 5, 3], labels: 0 },
    ];
    expect(encodeTexts(rows, named)).toEqual(examples);
    expect(rows.map(textEncoder(named))).toEqual(examples);
    expect(encodeTexts([{ sentence: 'bad', stars: 0 }], { ...named, label: 'stars' })[0]!.labels).toBe(0);
    expect(encodeTexts([{ sentence: 'bad', label: 2.5 }], options)[0]!.labels).toBe(2.5);
    expect(encodeTexts([{ sentence: 'bad', label: [0, 1] }], options)[0]!.labels).toEqual([0, 1]);
    expect(encodeTexts([{ sentence: 'bad' }], { ...named, label: null })).toEqual([{ inputIds: [2, 5, 3] }]);
    expect(encodeTexts([], options)).toEqual([]);
  });

  it('says of which text of a pair each token is', () => {
    const rows = [{ sentence: 'good', other: 'bad', label: 0 }];
    expect(encodeTexts(rows, { ...options, textPair: 'other' })).toEqual([
      { inputIds: [2, 4, 3, 5, 3], tokenTypeIds: [0, 0, 0, 1, 1], labels: 0 },
    ]);
    const without = { ...options, textPair: 'other', returnTokenTypeIds: false };
    expect(encodeTexts(rows, without)).toEqual([{ inputIds: [2, 4, 3, 5, 3], labels: 0 }]);
    const one = encodeTexts(rows, { ...options, returnTokenTypeIds: true });
    expect(one[0]!.tokenTypeIds).toEqual([0, 0, 0]);
  });

  it('cuts only when told to', () => {
    const rows = [
      { sentence: 'good', label: 0 },
      { sentence: 'good bad film', label: 0 },
    ];
    expect(() => encodeTexts(rows, { ...options, maxLength: 4 })).toThrow(
      'row 1 must have at most 4 tokens (maxLength), but has 5',
    );
    const cut = encodeTexts(rows, { ...options, maxLength: 4, truncation: true });
    expect(cut[1]!.inputIds).toEqual([2, 4, 5, 3]);
    expect(() => encodeTexts(rows, { ...options, truncation: true })).toThrow('truncation needs maxLength');
    expect(() => encodeTexts(rows, { ...options, maxLength: 0 })).toThrow(
      'maxLength must be a positive integer',
    );
  });

  it.each<[object, Partial<EncodeTextsOptions>, string]>([
    [{ text: 'a', label: 0 }, {}, 'row 1 must have the column sentence, but has text, label'],
    [{}, {}, 'row 1 must have the column sentence, but has none'],
    [{ sentence: 'a' }, {}, 'row 1 must have the column label, but has sentence'],
    [
      { sentence: 'a', label: 0 },
      { textPair: 'pair' },
      'row 1 must have the column pair, but has sentence, label',
    ],
    [{ sentence: 7, label: 0 }, {}, 'sentence of row 1 must be a text, but is 7'],
    [{ sentence: null, label: 0 }, {}, 'sentence of row 1 must be a text, but is null'],
    [
      { sentence: 'a', label: 2 },
      { labels },
      'label of row 1 must be one of negative, positive, or from 0 to 1, but is 2',
    ],
    [
      { sentence: 'a', label: 'neutral' },
      { labels },
      'label of row 1 must be one of negative, positive, or from 0 to 1, but is "neutral"',
    ],
    [{ sentence: 'a', label: 0.5 }, { labels }, 'or from 0 to 1, but is 0.5'],
    [{ sentence: 'a', label: null }, { labels }, 'or from 0 to 1, but is null'],
    [
      { sentence: 'a', label: 'positive' },
      { labels },
      'label of row 1 must be a number, as in row 0, but is "positive"',
    ],
    [
      { sentence: 'a', label: '1' },
      {},
      'label of row 1 must be a number, or labels must name the classes, but is "1"',
    ],
    [{ sentence: 'a', label: [0] }, {}, 'label of row 1 must be a number, as in row 0, but is [0]'],
  ])('names the row of %o with %o', (row, more, message) => {
    const first = { sentence: 'good', pair: 'bad', label: 0 };
    expect(() => encodeTexts([first, row], { ...options, ...more })).toThrow(message);
  });

  it('refuses a text without a token, and names that are none', () => {
    const none = { encode: () => ({ ids: [] }) };
    expect(() => encodeTexts([{ sentence: '', label: 0 }], { ...options, tokenizer: none })).toThrow(
      'row 0 must have a token, but has none',
    );
    expect(() => textEncoder({ ...options, labels: [] })).toThrow('labels must have a name, but are empty');
    expect(() => textEncoder({ ...options, labels: ['a', 'b', 'a'] })).toThrow(
      'labels must have names of their own, but two are a',
    );
  });
});

describe('encodeTags', () => {
  const options: EncodeTagsOptions = { tokenizer, labels: ['O', 'B-PER', 'I-PER'] };

  it('gives the tag of a word to its first token', () => {
    const rows = [{ words: ['Ada', 'unsound', 'film'], tags: ['B-PER', 'I-PER', 'O'] }];
    expect(encodeTags(rows, options)).toEqual([
      { inputIds: [2, 10, 6, 7, 8, 9, 3], labels: [-100, 1, 2, -100, -100, 0, -100] },
    ]);
    expect(encodeTags(rows, { ...options, labelAll: true })[0]!.labels).toEqual([-100, 1, 2, 2, 2, 0, -100]);
    const numbers = [{ tokens: rows[0]!.words, ner: [1, 2, 0] }];
    expect(encodeTags(numbers, { ...options, words: 'tokens', tags: 'ner' })).toEqual(
      encodeTags(rows, options),
    );
    expect(encodeTags(rows, { ...options, maxLength: 4, truncation: true })).toEqual([
      { inputIds: [2, 10, 6, 3], labels: [-100, 1, 2, -100] },
    ]);
  });

  it.each<[object, string]>([
    [{ words: ['Ada'] }, 'row 0 must have the column tags, but has words'],
    [{ words: 'Ada', tags: ['O'] }, 'words of row 0 must be a list of texts, but is "Ada"'],
    [{ words: ['Ada', 3], tags: ['O', 'O'] }, 'words of row 0 must be a list of texts, but is ["Ada",3]'],
    [{ words: ['Ada'], tags: ['O', 'O'] }, 'tags of row 0 must be one for each of its 1 words, but are 2'],
    [{ words: ['Ada'], tags: 'O' }, 'tags of row 0 must be one for each of its 1 words, but are "O"'],
    [
      { words: ['Ada', 'film'], tags: ['O', 'B-LOC'] },
      'tag of word 1 of row 0 must be one of O, B-PER, I-PER, or from 0 to 2, but is "B-LOC"',
    ],
    [{ words: ['Ada'], tags: [3] }, 'or from 0 to 2, but is 3'],
  ])('names the row of %o', (row, message) => {
    expect(() => encodeTags([row], options)).toThrow(message);
  });
});
