import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryFiles } from '@chui/hub';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';
import { characterTokenizer, wordTokenizer } from './training/simple_tokenizers.js';

const words = wordTokenizer(['a b c d e f g h']);
const model = { type: 'WordLevel', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' };

describe('characterTokenizer', () => {
  test('gives every character a token, with its place', () => {
    const tokenizer = characterTokenizer(['令和8年 😀']);
    const text = '8年😀?';
    const { ids, tokens, offsets, specialTokensMask, wordIds } = tokenizer.encode(text);
    expect(tokens).toEqual(['[BOS]', '8', '年', '😀', '[UNK]', '[EOS]']);
    expect(offsets.slice(1, -1).map(([start, end]) => text.slice(start, end))).toEqual([
      '8',
      '年',
      '😀',
      '?',
    ]);
    expect(specialTokensMask).toEqual([1, 0, 0, 0, 0, 1]);
    expect(wordIds).toEqual([null, 0, 1, 2, 3, null]);
    expect(ids[0]).toBe(tokenizer.bosTokenId);
    expect(ids[4]).toBe(tokenizer.unkTokenId);
    expect(ids[5]).toBe(tokenizer.eosTokenId);
    expect(tokenizer.padTokenId).toBe(0);
  });

  test('gives known text back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const tokenizer = characterTokenizer(texts);
        const joined = texts.join('');
        const { ids, tokens } = tokenizer.encode(joined);
        expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(joined);
        expect(tokens).toHaveLength([...joined].length + 2);
        expect(ids.every((id) => id < tokenizer.vocabSize)).toBe(true);
      }),
    );
  });

  test('knows what its options leave of a character', () => {
    const tokenizer = characterTokenizer(['ＡＢ'], { lowercase: true, unicodeForm: 'NFKC' });
    expect(tokenizer.encode('Ａｂ', { addSpecialTokens: false }).tokens).toEqual(['a', 'b']);
  });
});

describe('wordTokenizer', () => {
  test('gives back what is between spaces', () => {
    const word = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/\p{White_Space}/u.test(text));
    fc.assert(
      fc.property(fc.array(word), (list) => {
        const text = list.join(' ');
        const tokenizer = wordTokenizer([text]);
        const { ids, wordIds } = tokenizer.encode(text, { addSpecialTokens: false });
        expect(tokenizer.decode(ids)).toBe(text);
        expect(wordIds).toEqual(list.map((_, i) => i));
      }),
    );
  });
});

describe('encode', () => {
  test('offsets of a pair are each in their own text', () => {
    const { tokens, offsets, sequenceIds, typeIds } = words.encode('a b', { pair: 'c' });
    expect(tokens).toEqual(['[BOS]', 'a', 'b', '[EOS]', 'c', '[EOS]']);
    expect(offsets).toEqual([
      [0, 0],
      [0, 1],
      [2, 3],
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    expect(sequenceIds).toEqual([null, 0, 0, null, 1, null]);
    expect(typeIds).toEqual([0, 0, 0, 0, 1, 1]);
  });

  test('truncates to maxLength, and keeps what it cuts in windows', () => {
    const encoding = words.encode('a b c d e', { maxLength: 5, stride: 1 });
    expect(encoding.tokens).toEqual(['[BOS]', 'a', 'b', 'c', '[EOS]']);
    expect(encoding.overflowing.map(({ tokens }) => tokens)).toEqual([['[BOS]', 'c', 'd', 'e', '[EOS]']]);
    expect(words.encode('a b c', { maxLength: 4, truncation: false }).ids).toHaveLength(5);
    expect(words.encode('a b c', { maxLength: 2 }).tokens).toEqual(['[BOS]', '[EOS]']);
    const left = words.encode('a b c', {
      maxLength: 4,
      truncationSide: 'left',
      addSpecialTokens: false,
      pair: 'd e',
    });
    expect(left.tokens).toEqual(['b', 'c', 'd', 'e']);
  });

  test('pads to maxLength', () => {
    const padded = words.encode('a', { padding: 'max_length', maxLength: 5, paddingSide: 'left' });
    expect(padded.tokens).toEqual(['[PAD]', '[PAD]', '[BOS]', 'a', '[EOS]']);
    expect(padded.attentionMask).toEqual([0, 0, 1, 1, 1]);
    expect(words.encode('a', { padding: true, padToMultipleOf: 4 }).ids).toHaveLength(4);
  });

  test('takes special tokens out of the text, unless they are to be split', () => {
    const tokenizer = characterTokenizer(['[EOS]a']);
    expect(tokenizer.encode('a[EOS]').tokens).toEqual(['[BOS]', 'a', '[EOS]', '[EOS]']);
    const split = tokenizer.encode('a[EOS]', { splitSpecialTokens: true });
    expect(split.tokens).toEqual(['[BOS]', 'a', '[', 'E', 'O', 'S', ']', '[EOS]']);
    expect(tokenizer.decode(split.ids, { skipSpecialTokens: true })).toBe('a[EOS]');
  });

  test.each<[Parameters<Tokenizer['encode']>[1], string]>([
    [{ truncation: true }, 'truncation needs maxLength'],
    [{ maxLength: 1 }, 'maxLength must hold the 2 special tokens, but is 1'],
    [{ maxLength: -1 }, 'maxLength must be an integer from 0, but is -1'],
    [{ maxLength: 2.5 }, 'maxLength must be an integer from 0, but is 2.5'],
    [
      { maxLength: 4, stride: 2 },
      'stride must be less than the 2 tokens of text that a window holds, but is 2',
    ],
    [{ maxLength: 4, truncation: 'only_second' }, 'only_second needs a pair'],
    [
      { maxLength: 4, truncation: 'only_second', pair: 'a' },
      'only_second must take 3 tokens from a text that has only 1',
    ],
    [{ padding: 'max_length' }, "padding: 'max_length' needs maxLength"],
    [{ padding: true, padToMultipleOf: 0 }, 'padToMultipleOf must be an integer from 1, but is 0'],
  ])('refuses %j', (options, message) => {
    expect(() => words.encode('a b c', options)).toThrow(message);
  });

  test('takes any text', () => {
    const anything = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
    const tokenizers = [
      words,
      wordTokenizer(['a'], { lowercase: true, unicodeForm: 'NFKC' }),
      characterTokenizer(['a']),
    ];
    fc.assert(
      fc.property(anything, fc.constantFrom(...tokenizers), (text, tokenizer) => {
        const { ids, offsets, tokens } = tokenizer.encode(`\0${text}`);
        expect(offsets).toHaveLength(ids.length);
        expect(tokens).toHaveLength(ids.length);
        for (const [start, end] of offsets) expect(start <= end && end <= text.length + 1).toBe(true);
      }),
    );
  });

  test('takes a million characters in time that grows with them', () => {
    const long = 1_000_000;
    const normalizing = wordTokenizer(['a'], { lowercase: true, unicodeForm: 'NFKC' });
    expect(characterTokenizer(['a']).encode('a'.repeat(long)).ids).toHaveLength(long + 2);
    expect(normalizing.encode('a'.repeat(long)).ids).toHaveLength(3);
    expect(normalizing.encode(' '.repeat(long)).ids).toHaveLength(2);
    expect(normalizing.encode('\ud800'.repeat(long)).ids).toHaveLength(3);
    expect(normalizing.encode('e\u0301\u0323'.repeat(long / 4)).ids).toHaveLength(3);
    expect(normalizing.encode(`e${'\u0301\u0323'.repeat(long / 4)}`).ids).toHaveLength(3);
    expect(normalizing.encode('[BOS]'.repeat(long / 10)).ids).toHaveLength(long / 10 + 2);
  });
});

describe('encodeBatch', () => {
  test('pads to the longest', () => {
    const { inputIds, attentionMask, tokenTypeIds, encodings } = words.encodeBatch(['a b', 'c', ['d', 'e']]);
    expect(encodings.map(({ tokens }) => tokens.join(' '))).toEqual([
      '[BOS] a b [EOS] [PAD]',
      '[BOS] c [EOS] [PAD] [PAD]',
      '[BOS] d [EOS] e [EOS]',
    ]);
    expect(inputIds).toEqual(encodings.map(({ ids }) => ids));
    expect(attentionMask).toEqual([
      [1, 1, 1, 1, 0],
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 1],
    ]);
    expect(tokenTypeIds[2]).toEqual([0, 0, 0, 1, 1]);
    expect(words.encodeBatch([])).toEqual({
      inputIds: [],
      attentionMask: [],
      overflowToSampleMapping: [],
      tokenTypeIds: [],
      encodings: [],
    });
  });

  test('leaves lengths as they are if asked', () => {
    expect(words.encodeBatch(['a b', 'c'], { padding: false }).inputIds.map((ids) => ids.length)).toEqual([
      4, 3,
    ]);
  });

  test('needs a padding token', () => {
    const tokenizer = Tokenizer.fromJSON({ model });
    expect(tokenizer.encodeBatch(['a', 'b']).inputIds).toEqual([[1], [0]]);
    expect(() => tokenizer.encodeBatch(['a', ''])).toThrow(
      'the tokenizer must have a pad token, but has none',
    );
    expect(tokenizer.encodeBatch(['a'], { padding: false }).inputIds).toEqual([[1]]);
  });
});

describe('the vocabulary', () => {
  test('has model and added tokens by id', () => {
    const tokenizer = Tokenizer.fromJSON({
      added_tokens: [
        {
          id: 2,
          content: '<x>',
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: true,
        },
        {
          id: 1,
          content: 'a',
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: false,
        },
      ],
      model,
    });
    expect([...tokenizer.getVocab()]).toEqual([
      ['[UNK]', 0],
      ['a', 1],
      ['<x>', 2],
    ]);
    expect(tokenizer.vocabSize).toBe(3);
    expect(tokenizer.tokenToId('<x>')).toBe(2);
    expect(tokenizer.idToToken(2)).toBe('<x>');
    expect(tokenizer.tokenToId('y')).toBeUndefined();
    expect(tokenizer.decode([1, 2, 99, 1], { skipSpecialTokens: true })).toBe('a a');
  });

  test('may have tokens that JavaScript knows by other meanings', () => {
    const tokenizer = wordTokenizer(['__proto__ constructor toString 1 0']);
    const again = Tokenizer.fromJSON(JSON.stringify(tokenizer));
    const text = '__proto__ toString 0 constructor 1';
    expect(again.decode(again.encode(text, { addSpecialTokens: false }).ids)).toBe(text);
    expect(again.encode('hasOwnProperty').tokens).toEqual(['[BOS]', '[UNK]', '[EOS]']);
  });
});

describe('files', () => {
  test('are written and read again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'chui-tokenizer-'));
    try {
      await words.save(dir);
      expect((await readdir(dir)).sort()).toEqual(['tokenizer.json', 'tokenizer_config.json']);
      const again = await Tokenizer.fromPretrained(dir);
      expect(again.toJSON()).toEqual(words.toJSON());
      expect(again.specialTokens).toEqual({ pad: '[PAD]', unk: '[UNK]', bos: '[BOS]', eos: '[EOS]' });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test('say what special tokens are for', async () => {
    const config = { bos_token: { content: 'a' }, eos_token: 'a', pad_token: null };
    const files = {
      'tokenizer.json': JSON.stringify({ model }),
      'tokenizer_config.json': JSON.stringify(config),
    };
    const tokenizer = await Tokenizer.fromFiles(memoryFiles(files));
    expect(tokenizer.bosTokenId).toBe(1);
    expect(tokenizer.eosTokenId).toBe(1);
    expect(() => tokenizer.padTokenId).toThrow('must have a pad token');
  });

  test('that are missing or cut short are named', async () => {
    await expect(Tokenizer.fromFiles(memoryFiles({}, 'model'))).rejects.toThrow(
      'model has no file tokenizer.json',
    );
    const cut = memoryFiles({ 'tokenizer.json': JSON.stringify(words).slice(0, 100) }, 'model');
    await expect(Tokenizer.fromFiles(cut)).rejects.toThrow(/^model\/tokenizer.json: is not JSON: .+$/);
  });

  const added = {
    id: 2,
    content: 'x',
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  };
  const template = { type: 'TemplateProcessing', single: [], pair: [], special_tokens: {} };
  test.each<[string, object | string, string]>([
    ['no object', '[]', 'tokenizer.json: the whole must be an object, but is []'],
    [
      'a newer version',
      { version: '2.0', model },
      'tokenizer.json: version must be one of 1.0, but is "2.0"',
    ],
    ['no model', {}, 'tokenizer.json: model must be an object, but is missing'],
    [
      'an unknown model',
      { model: { type: 'Telepathy' } },
      'tokenizer.json: model.type must be a known model (BPE, Unigram, WordLevel, WordPiece), but is "Telepathy"',
    ],
    [
      'a model by the name of a method',
      { model: { type: 'constructor' } },
      'model.type must be a known model',
    ],
    [
      'an unknown part of a sequence',
      { model, normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'X' }] } },
      'tokenizer.json: normalizer.normalizers[1].type must be a known normalizer (',
    ],
    [
      'an unknown pre-tokenizer',
      { model, pre_tokenizer: { type: 'X' } },
      'pre_tokenizer.type must be a known pre-tokenizer',
    ],
    ['an unknown decoder', { model, decoder: { type: 'X' } }, 'decoder.type must be a known decoder'],
    [
      'an unknown post-processor',
      { model, post_processor: { type: 'X' } },
      'post_processor.type must be a known post-processor',
    ],
    [
      'no unknown token',
      { model: { type: 'WordLevel', vocab: {} } },
      'model.unk_token must be a string, but is missing',
    ],
    [
      'a list for a vocabulary',
      { model: { ...model, vocab: [] } },
      'model.vocab must be an object, but is []',
    ],
    [
      'a negative id',
      { model: { ...model, vocab: { a: -1 } } },
      'model.vocab.a must be an integer from 0 to 2^32 - 1, but is -1',
    ],
    [
      'an id twice',
      { model: { ...model, vocab: { a: 1, b: 1 } } },
      'model.vocab.b must be an id of its own, not that of "a", but is 1',
    ],
    [
      'a token without flags',
      { model, added_tokens: [added, { id: 1, content: 'y' }] },
      'added_tokens[1].single_word must be true or false, but is missing',
    ],
    [
      'an unknown behavior',
      { model, pre_tokenizer: { type: 'Split', pattern: { String: '' }, behavior: 'Lost', invert: false } },
      'pre_tokenizer.behavior must be one of Removed,',
    ],
    [
      'a damaged pattern',
      {
        model,
        pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Removed', invert: false },
      },
      'pre_tokenizer.pattern must be a regular expression that can be used (the regular expression lacks a )), but is {"Regex":"("}',
    ],
    [
      'a template of an unknown token',
      { model, post_processor: { ...template, single: [{ SpecialToken: { id: 'X', type_id: 0 } }] } },
      'post_processor.single[0].SpecialToken.id must be one of special_tokens, but is "X"',
    ],
    [
      'a template of a pair that is not there',
      { model, post_processor: { ...template, single: [{ Sequence: { id: 'B', type_id: 0 } }] } },
      'post_processor.single[0].Sequence.id must be one of A, but is "B"',
    ],
    [
      'a token of more ids than texts',
      { model, post_processor: { ...template, special_tokens: { X: { id: 'X', ids: [1], tokens: [] } } } },
      'special_tokens.X.tokens must be as many as the 1 ids, but is []',
    ],
    [
      'an unknown strategy',
      { model, padding: { strategy: 'Some' } },
      'padding.strategy must be an object, but is "Some"',
    ],
  ])('with %s are refused', (_, json, message) => {
    expect(() => Tokenizer.fromJSON(json)).toThrow(message);
    expect(() => Tokenizer.fromJSON(json)).toThrow(/^tokenizer\.json: .+$/);
  });

  test('without their unknown token cannot encode unknown words', () => {
    const tokenizer = Tokenizer.fromJSON({ model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: '?' } });
    expect(tokenizer.encode('a').ids).toEqual([0]);
    expect(() => tokenizer.encode('b')).toThrow('the vocabulary must have the unknown token ? to encode "b"');
  });
});
