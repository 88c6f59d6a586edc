import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer } from '@chui/tokenizer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseWith } from '../train/schema_errors.js';
import { recipeSchema, taskOf } from '../train/tasks.js';
import { architectures } from './architectures.js';
import { holdOut, readDocuments } from './read_documents.js';
import { recipeOf } from './recipe_of.js';
import { trainVocabulary } from './vocabulary.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-pretrain-'));
  await write('pages.txt', `\uFEFF${'the cat sat\nthe dog ran\n\n'.repeat(50)}`);
  await write('one.txt', 'the cat sat\r\nthe dog ran\n');
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);

/** Prepares a pretraining in the folder. */
async function prepare(options: Parameters<typeof recipeOf>[1], architecture = 'bert') {
  const recipe = parseWith(recipeSchema, recipeOf(architecture, options), 'test');
  const paths = { resolve: (path: string) => join(folder, path), written: (path: string) => path };
  return taskOf(recipe).prepare(recipe, paths);
}

/** What is wrong, without the folder. */
const errorOf = (...args: Parameters<typeof prepare>) =>
  prepare(...args).then(
    () => 'nothing',
    (error: Error) => error.message.replaceAll(`${folder}/`, ''),
  );

describe('documents', () => {
  test('are what empty lines part, without a byte order mark', async () => {
    const documents = await readDocuments([join(folder, 'pages.txt'), join(folder, 'one.txt')]);
    expect(documents).toHaveLength(51);
    expect(documents[0]).toEqual(['the cat sat', 'the dog ran']);
    expect(documents.at(-1)).toEqual(['the cat sat', 'the dog ran']);
  });

  test('are held out whole where there are many, else by their ends', () => {
    const many = Array.from({ length: 8 }, (_, index) => [`${index}`]);
    expect(holdOut(many, 0.25)).toEqual({
      train: [['0'], ['1'], ['2'], ['4'], ['5'], ['6']],
      eval: [['3'], ['7']],
    });
    expect(holdOut([['a', 'b', 'c', 'd'], ['e']], 0.25)).toEqual({
      train: [['a', 'b', 'c'], ['e']],
      eval: [['d']],
    });
  });
});

describe('a vocabulary', () => {
  const options = { vocabSize: 300, minFrequency: 1, limitAlphabet: 100, lowercase: true, maxLength: 16 };

  test('of WordPiece has the file that older tools read, and keeps the voicing of kana', async () => {
    const { tokenizer, files } = await trainVocabulary(
      ['Ａ BCD がぎぐ 猫犬が Café'],
      architectures.bert,
      options,
    );
    expect(tokenizer.encode('がぎぐ bcd 猫犬', { addSpecialTokens: false }).tokens).toEqual([
      ...['がぎぐ', 'bcd', '猫', '犬'],
    ]);
    const { 'vocab.txt': vocab, 'tokenizer_config.json': config } = await files();
    expect(String(vocab).split('\n').slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
    expect(JSON.parse(String(config))).toMatchObject({
      tokenizer_class: 'BertTokenizer',
      do_lower_case: true,
      strip_accents: false,
      model_max_length: 16,
    });
  });

  test('of bytes knows every text', async () => {
    const { tokenizer, files } = await trainVocabulary(['a b a b'], architectures.roberta, options);
    const { ids } = tokenizer.encode('猫');
    expect(ids[0]).toBe(tokenizer.clsTokenId);
    expect(ids).not.toContain(tokenizer.unkTokenId);
    const json = String((await files())['tokenizer.json']);
    expect(Tokenizer.fromJSON(json).decode(ids, { skipSpecialTokens: true })).toBe(' 猫');
  });
});

describe('a pretraining', () => {
  test('says what it makes of the texts', async () => {
    const { counts, notes, recipe } = await prepare({ train: ['pages.txt'], vocabSize: 40, maxLength: 16 });
    expect(counts).toEqual({ train: 24, eval: 1 });
    expect(notes).toEqual([
      'the vocabulary has 32 tokens',
      'train: 96 texts in 48 documents, 288 tokens, 0.000 % of them unknown; 24 examples',
      'eval: 4 texts in 2 documents, 12 tokens, 0.000 % of them unknown; 1 examples',
    ]);
    expect(recipe).toMatchObject({
      architecture: 'bert',
      objective: 'masked-lm',
      data: { train: ['pages.txt'], evalShare: 0.05 },
      model: { layers: 4, width: 256, heads: 4, intermediate: 1024 },
    });
  });

  test('tells in a line what is wrong', async () => {
    const train = ['pages.txt'];
    const pairs = 'masked-lm+next-sentence';
    expect(await errorOf({})).toBe('pretrain must have --train: see chui pretrain --help');
    expect(await errorOf({ train: ['missing.txt'] })).toBe('missing.txt must exist, but does not');
    expect(await errorOf({ train }, 'electra')).toBe(
      'test: architecture must be one of bert, distilbert, roberta, albert, but is "electra"',
    );
    expect(await errorOf({ train, objective: pairs }, 'roberta')).toBe(
      'objective must be masked-lm for roberta, which learns no pairs, but is masked-lm+next-sentence',
    );
    expect(await errorOf({ train, tokenizer: 'x', vocabSize: 9 })).toBe(
      '--tokenizer must come without --vocab-size, which is for a new vocabulary',
    );
    expect(await errorOf({ train, maxLength: 20 })).toBe(
      'test: maxLength must be a multiple of 8, but is 20',
    );
    expect(await errorOf({ train, heads: 3 })).toBe(
      'test: model.heads must divide width, which is 256, but is 3',
    );
    expect(await errorOf({ train, eval: 'one.txt', objective: pairs, vocabSize: 40 })).toBe(
      'data.eval must have two documents at least, with an empty line between, for next-sentence, but has 1',
    );
    expect(await errorOf({ train, lowercase: true }, 'roberta')).toBe(
      'tokenizer.lowercase must be false for roberta, whose tokens are bytes',
    );
    expect(await errorOf({ train: ['one.txt'] })).toBe(
      'data.evalShare must be a text of a document at least, but is 0.05 of 2 texts; give data.eval',
    );
  });
});
