import { memoryFiles } from '@chui/hub';
import { describe, expect, test } from 'vitest';
import { type Piece, sentencePieceFile } from '../../../../test/support/sentence_piece_file.js';
import { registerWordSegmenter } from '../segmenters/word_segmenter.js';
import { byteUnits } from '../text/byte_level.js';
import { Tokenizer } from '../tokenizer.js';

const open = (files: Record<string, string | Uint8Array>) => Tokenizer.fromFiles(memoryFiles(files, 'model'));
const config = (values: object) => ({ 'tokenizer_config.json': JSON.stringify(values) });

describe('vocab.txt', () => {
  const vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'cafe', '##s', 'Café', 'a', 'a'].join('\n');

  test('is of BERT', async () => {
    const tokenizer = await open({ 'vocab.txt': `${vocab}\n` });
    const { tokens, ids } = tokenizer.encode('Cafés [MASK]', { pair: 'a' });
    expect(tokens).toEqual(['[CLS]', 'cafe', '##s', '[MASK]', '[SEP]', 'a', '[SEP]']);
    expect(ids).toEqual([2, 5, 6, 4, 3, 9, 3]);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('cafes a');
    expect(tokenizer.specialTokens).toEqual({
      unk: '[UNK]',
      sep: '[SEP]',
      pad: '[PAD]',
      cls: '[CLS]',
      mask: '[MASK]',
    });
  });

  test('does what its configuration says', async () => {
    const files = { 'vocab.txt': vocab.replaceAll('\n', '\r\n').replace('[SEP]', '</s>') };
    const settings = { do_lower_case: false, sep_token: { content: '</s>', lstrip: true } };
    const tokenizer = await open({ ...files, ...config(settings) });
    expect(tokenizer.encode('Café </s>').tokens).toEqual(['[CLS]', 'Café', ' </s>', '</s>']);
    expect(tokenizer.specialTokens.sep).toBe('</s>');
  });

  test('has the added tokens of other files', async () => {
    const tokenizer = await open({
      'vocab.txt': vocab,
      'added_tokens.json': '{"<later>": 12, "cafe": 5}',
      'special_tokens_map.json': '{"bos_token": "<begin>"}',
      ...config({ added_tokens_decoder: { 11: { content: '<x>', special: true, rstrip: true } } }),
    });
    expect(tokenizer.encode('<x> <later>', { addSpecialTokens: false }).tokens).toEqual(['<x> ', '<later>']);
    expect(tokenizer.bosTokenId).toBe(tokenizer.tokenToId('<begin>'));
    expect(tokenizer.toJSON()).toMatchObject({
      added_tokens: expect.arrayContaining([expect.objectContaining({ content: 'cafe', special: false })]),
    });
  });

  test('of a Japanese BERT has words cut first', async () => {
    const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
    const files = { 'vocab.txt': [...special, '吾輩', '##輩', '吾', 'は', '猫', 'A'].join('\n') };
    const settings = { tokenizer_class: 'BertJapaneseTokenizer', do_lower_case: false };
    const tokensOf = async (more: object) => {
      const tokenizer = await open({ ...files, ...config({ ...settings, ...more }) });
      const { tokens, ids } = tokenizer.encode('吾輩は Ａ');
      return [tokens.slice(1, -1), tokenizer.decode(ids, { skipSpecialTokens: true })];
    };
    expect(await tokensOf({ word_tokenizer_type: 'mecab' })).toEqual([['吾輩', 'は', 'A'], '吾輩 は A']);
    const byCharacter = [['吾', '[UNK]', 'は', 'A'], '吾 は A'];
    expect(await tokensOf({ subword_tokenizer_type: 'character' })).toEqual(byCharacter);
    registerWordSegmenter('mecab', (text) => text.match(/吾|輩|は|A/g) ?? []);
    expect(await tokensOf({ word_tokenizer_type: 'mecab' })).toEqual([['吾', '[UNK]', 'は', 'A'], '吾 は A']);
  });

  test('without its special tokens is refused', async () => {
    await expect(open({ 'vocab.txt': 'a\nb' })).rejects.toThrow(
      'the vocabulary must have the special token [CLS], but has not',
    );
  });
});

describe('vocab.json with merges.txt', () => {
  const special = ['<s>', '<pad>', '</s>', '<unk>', '<mask>', '<|endoftext|>'];
  const tokens = [...special, ...Array.from(byteUnits, (unit) => String.fromCharCode(unit)), 'Ġa', 'Ġab'];
  const vocab = JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id])));
  const merges = '#version: 0.2\nĠ a\nĠa b\n';

  test('is of GPT-2, and under its older names', async () => {
    for (const names of [
      ['vocab.json', 'merges.txt'],
      ['encoder.json', 'vocab.bpe'],
    ] as const) {
      const tokenizer = await open({ [names[0]]: vocab, [names[1]]: merges });
      const { tokens, ids, offsets } = tokenizer.encode('é ab<|endoftext|>');
      expect(tokens).toEqual(['Ã', '©', 'Ġab', '<|endoftext|>']);
      expect(offsets).toEqual([
        [0, 1],
        [0, 1],
        [1, 4],
        [4, 17],
      ]);
      expect(tokenizer.decode(ids)).toBe('é ab<|endoftext|>');
      expect(tokenizer.eosTokenId).toBe(5);
    }
  });

  test('begins with its special token if asked', async () => {
    const files = { 'vocab.json': vocab, 'merges.txt': merges };
    const tokenizer = await open({ ...files, ...config({ add_bos_token: true, bos_token: '<s>' }) });
    expect(tokenizer.encode('a', { pair: 'b' }).tokens).toEqual(['<s>', 'a', 'b']);
  });

  test('is of RoBERTa if the configuration says so', async () => {
    const files = { 'vocab.json': vocab, 'merges.txt': merges };
    for (const says of [
      config({ tokenizer_class: 'RobertaTokenizerFast' }),
      { 'config.json': '{"model_type": "bart"}' },
    ]) {
      const tokenizer = await open({ ...files, ...says });
      expect(tokenizer.encode('a', { pair: ' ab  <mask>' }).tokens).toEqual([
        ...['<s>', 'a', '</s>', '</s>', 'Ġab', '  <mask>', '</s>'],
      ]);
      expect(tokenizer.padTokenId).toBe(1);
      expect(tokenizer.specialTokens.cls).toBe('<s>');
    }
  });

  test('is of other kinds of models', async () => {
    const files = { 'vocab.json': vocab, 'merges.txt': merges };
    const neox = await open({ ...files, 'config.json': '{"model_type": "gpt_neox"}' });
    expect(neox.encode('e\u0301').tokens).toEqual(['Ã', '©']);
    const qwen = await open({ ...files, ...config({ tokenizer_class: 'Qwen2Tokenizer' }) });
    expect(qwen.encode('12\n\nab').wordIds).toEqual([0, 1, 2, 2, 3, 3]);
    const names = ['[CLS]', '[SEP]', '[PAD]', '[UNK]', '[MASK]'];
    const own = Object.fromEntries([...tokens, ...names].map((token, id) => [token, id]));
    const deberta = await open({
      ...files,
      'vocab.json': JSON.stringify(own),
      'config.json': '{"model_type": "deberta"}',
    });
    expect(deberta.encode('a', { pair: ' a [MASK]' }).tokens).toEqual([
      '[CLS]',
      'a',
      '[SEP]',
      'Ġa',
      ' [MASK]',
      '[SEP]',
    ]);
    await expect(open({ ...files, ...config({ tokenizer_class: 'CLIPTokenizer' }) })).rejects.toThrow(
      'model/vocab.json: the whole must be of a model of the kind gpt2, gptneo, gptj,',
    );
  });

  test('whose tokens end words is refused', async () => {
    await expect(open({ 'vocab.json': '{}', 'merges.txt': 'a b</w>' })).rejects.toThrow(
      'model/vocab.json: the whole must be the vocabulary of a byte-level BPE, whose tokens do not end in </w>',
    );
  });

  test('that is damaged is refused with its place', async () => {
    await expect(open({ 'vocab.json': '{"a": 0', 'merges.txt': '' })).rejects.toThrow(
      'model/vocab.json: is not JSON',
    );
    await expect(open({ 'vocab.json': '{"a": 0}', 'merges.txt': 'a b' })).rejects.toThrow(
      'model/vocab.json with merges.txt: model.merges[0] must be of tokens in the vocabulary, which lacks "b", but is "a b"',
    );
  });
});

const pieces: Piece[] = [
  ['<unk>', 0, 'unknown'],
  ['<s>', 0, 'control'],
  ['</s>', 0, 'control'],
  ['▁', -2],
  ['▁a', -1],
  ['b', -3],
  ['ab', -4],
  ['▁ab', -3.5],
  ['<x>', 0, 'userDefined'],
];

describe('a SentencePiece file', () => {
  test('has its own ids, and no special tokens around a text', async () => {
    for (const name of ['tokenizer.model', 'spiece.model', 'sentencepiece.bpe.model', 'spm.model']) {
      const tokenizer = await open({ [name]: sentencePieceFile({ pieces }) });
      const { ids, tokens } = tokenizer.encode(' ab  a<x>zz ');
      expect(tokens).toEqual(['▁ab', '▁a', '<x>', 'zz']);
      expect(ids).toEqual([7, 4, 8, 0]);
      expect(tokenizer.decode([7, 4])).toBe('ab a');
      expect(tokenizer.unkTokenId).toBe(0);
      expect(tokenizer.encode(' ').ids).toEqual([]);
    }
  });

  test('takes the names of its control pieces for text, and drops spaces at the ends', async () => {
    const tokenizer = await open({ 'spm.model': sentencePieceFile({ pieces }) });
    expect(tokenizer.encode('</s>').ids).toEqual([3, 0]);
    expect(tokenizer.eosTokenId).toBe(2);
    expect(tokenizer.encode('  ab ▁▁ ').tokens).toEqual(['▁ab']);
    expect(tokenizer.encode(`a${'▁'.repeat(100_000)}b`).ids).toHaveLength(100_002);
  });

  test('has its own text for what is unknown', async () => {
    const tokenizer = await open({ 'spm.model': sentencePieceFile({ pieces }) });
    const { ids } = tokenizer.encode('zz a<unk>');
    expect(ids).toEqual([3, 0, 4, 0]);
    expect(tokenizer.decode(ids)).toBe(' \u2047  a \u2047 ');
    const own = await open({ 'spm.model': sentencePieceFile({ pieces, unknownText: '?' }) });
    expect(own.decode(ids)).toBe('? a?');
    const t5 = await open({
      'spm.model': sentencePieceFile({ pieces }),
      'config.json': '{"model_type": "t5"}',
    });
    expect(t5.decode(ids)).toBe('<unk> a<unk>');
  });

  test('keeps spaces and begins with none if it says so', async () => {
    const normalizer = { addDummyPrefix: false, removeExtraWhitespaces: false };
    const tokenizer = await open({ 'spm.model': sentencePieceFile({ pieces, ...normalizer }) });
    const { ids, tokens } = tokenizer.encode('b  a ');
    expect(tokens).toEqual(['b', '▁', '▁a', '▁']);
    expect(tokenizer.decode(ids)).toBe('b  a ');
  });

  test('may be a BPE, whose merges are found by the scores of pieces', async () => {
    const bytes = Array.from({ length: 256 }, (_, byte): Piece => {
      return [`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 0, 'byte'];
    });
    const all: Piece[] = [...pieces, ...bytes, ['a', -6], ['▁b', -0.5], ['bb', -0.1]];
    const file = sentencePieceFile({ pieces: all, algorithm: 'BPE', byteFallback: true });
    const tokenizer = await open({
      'tokenizer.model': file,
      ...config({ tokenizer_class: 'LlamaTokenizer' }),
    });
    const { tokens, ids } = tokenizer.encode('abb bé');
    expect(tokens).toEqual(['<s>', '▁a', 'bb', '▁b', '<0xC3>', '<0xA9>']);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('abb bé');
    expect(tokenizer.encode('a', { pair: 'b' }).typeIds).toEqual([0, 0, 1, 1]);
  });

  test('a BPE whose pieces have the same score makes the longest first', async () => {
    const spaces = Array.from({ length: 8 }, (_, i): Piece => ['▁'.repeat(i + 2), 0, 'userDefined']);
    const all: Piece[] = [['<unk>', 0, 'unknown'], ['▁', -1], ['a', -1], ...spaces];
    const model = sentencePieceFile({ pieces: all, algorithm: 'BPE' });
    const tokenizer = await open({ 'tokenizer.model': model });
    const { merges } = (tokenizer.toJSON() as { model: { merges: [string, string][] } }).model;
    const lengths = merges.map((pair) => pair.map((part) => part.length).join());
    expect(lengths.slice(0, 5)).toEqual(['8,1', '7,2', '7,1', '6,3', '6,2']);
    expect(lengths.at(-1)).toBe('1,1');
  });

  test('of a kind of model has its ids and special tokens', async () => {
    const file = sentencePieceFile({ pieces });
    const t5 = await open({ 'spiece.model': file, 'config.json': '{"model_type": "t5"}' });
    expect(t5.encode('a<extra_id_0>', { pair: 'b' }).tokens).toEqual([
      ...['▁a', '<extra_id_0>', '</s>', '▁', 'b', '</s>'],
    ]);
    expect(t5.tokenToId('<extra_id_99>')).toBe(9);
    expect(t5.tokenToId('<extra_id_0>')).toBe(108);
    const says = config({ tokenizer_class: 'XLMRobertaTokenizer' });
    const xlm = await open({ 'sentencepiece.bpe.model': file, ...says });
    expect(xlm.encode('a', { pair: 'z <mask>' }).ids).toEqual([0, 5, 2, 2, 4, 3, 10, 2]);
    expect(xlm.padTokenId).toBe(1);
    const other = open({ 'spiece.model': file, ...config({ tokenizer_class: 'MarianTokenizer' }) });
    await expect(other).rejects.toThrow(/^model\/spiece.model can be read for .* the model is marian$/);
  });

  test('pads as its kind of model does', async () => {
    const special = ['<sep>', '<cls>', '<pad>'].map((piece): Piece => [piece, 0, 'control']);
    const file = sentencePieceFile({ pieces: [...pieces, ...special] });
    const files = { 'spiece.model': file, 'config.json': '{"model_type": "xlnet"}' };
    const { inputIds, tokenTypeIds } = (await open(files)).encodeBatch(['a', 'a ab']);
    expect(inputIds).toEqual([
      [11, 4, 9, 10],
      [4, 7, 9, 10],
    ]);
    expect(tokenTypeIds[0]).toEqual([3, 0, 0, 2]);
  });

  test('takes numbers and lists of special tokens from its configuration', async () => {
    const t5 = await open({
      'spiece.model': sentencePieceFile({ pieces }),
      'config.json': '{"tokenizer_class": "T5Tokenizer", "model_type": "other"}',
      'special_tokens_map.json': '{"additional_special_tokens": ["<x>", "<more>"]}',
      ...config({ extra_ids: 2 }),
    });
    expect(t5.encode('a<more><extra_id_1>').ids).toEqual([4, 11, 9, 2]);
    const pegasus = await open({
      'spiece.model': sentencePieceFile({
        pieces: [
          ['<pad>', 0],
          ['</s>', 0],
          ['<unk>', 0, 'unknown'],
          ['▁', -1],
        ],
      }),
      ...config({ tokenizer_class: 'PegasusTokenizer', offset: 0 }),
    });
    expect(pegasus.encode('a').ids).toEqual([3, 2, 1]);
  });

  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'model/spm.model must have one unknown piece, but has 0'],
    [
      'cut short',
      sentencePieceFile({ pieces }).subarray(0, -1),
      'model/spm.model must be a protobuf message, but breaks at byte',
    ],
    [
      'text',
      new TextEncoder().encode('# version 1\n'),
      'model/spm.model must be a protobuf message, but breaks at byte',
    ],
    [
      'of words',
      sentencePieceFile({ pieces, algorithm: 'word' }),
      'must be a unigram or BPE model, but is a word model',
    ],
    ['of characters', sentencePieceFile({ pieces, algorithm: 'character' }), 'but is a character model'],
    [
      'with an empty piece',
      sentencePieceFile({ pieces: [['', 0]] }),
      'must have no empty piece, but has one',
    ],
    [
      'with spaces after words',
      sentencePieceFile({ pieces, spacesAfter: true }),
      'must have its spaces before words',
    ],
    [
      'with spaces as they are',
      sentencePieceFile({ pieces, escapeWhitespaces: false }),
      'must write spaces as ▁',
    ],
  ])('that is %s is refused', async (_, file, message) => {
    await expect(open({ 'spm.model': file })).rejects.toThrow(message);
  });
});

test('a model without a vocabulary is told which files there could be', async () => {
  await expect(open({ 'vocab.json': '{}' })).rejects.toThrow(
    'model has no file tokenizer.json, nor other files of a vocabulary (vocab.txt, vocab.json with merges.txt,',
  );
});
