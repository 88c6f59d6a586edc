import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sentiment, writeToyModel } from '../../../../test/support/toy_tasks.js';
import { parseWith } from '../train/schema_errors.js';
import { recipeSchema, taskOf } from '../train/tasks.js';
import { recipeOf } from './recipe_of.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-finetune-'));
  await useBackend('cpu');
  await writeToyModel(folder, 'toy');
  await write('good.tsv', sentiment(8, 1));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFile(join(folder, name), text);

/** Prepares a fine-tuning in the folder. */
async function prepare(task: string, train: string, options: Record<string, unknown> = {}) {
  const { model = 'toy', ...others } = options;
  const recipe = parseWith(
    recipeSchema,
    recipeOf(String(model), { task, train, eval: train, ...others }),
    'test',
  );
  const paths = { resolve: (path: string) => join(folder, path), written: (path: string) => path };
  return taskOf(recipe).prepare(recipe, paths);
}

/** What is wrong, without the folder. */
const errorOf = (...args: Parameters<typeof prepare>) =>
  prepare(...args).then(
    () => 'nothing',
    (error: Error) => error.message.replaceAll(`${folder}/`, ''),
  );

describe('a model', () => {
  test('must have configuration, weights, a tokenizer, and room for its tokens', async () => {
    await mkdir(join(folder, 'bare'));
    const of = (model: string) => errorOf('text-classification', 'good.tsv', { model });
    expect(await of('bare')).toBe('bare must have a config.json, but has none: it holds no model');
    await write('bare/config.json', '{"model_type": "gpt9"}');
    expect(await of('bare')).toMatch(
      /^bare\/config.json: model_type must be one of bert, .*, but is "gpt9"$/,
    );
    await write('bare/config.json', '{"model_type": "bert", "vocab_size": "five"}');
    expect(await of('bare')).toMatch(
      /^bare\/config.json: vocab_size: must be a whole number, but is "five"$/,
    );
    await write('bare/config.json', '{"model_type": "bert", "vocab_size": 5}');
    expect(await of('bare')).toMatch(/^bare has no weights: there is neither model.safetensors nor /);
    expect(await of('./nowhere')).toMatch(/^the model's directory nowhere cannot be opened: /);
  });
});

describe('a file', () => {
  test('of texts', async () => {
    await write('empty.tsv', '');
    await write('none.tsv', 'text\tlabel\n');
    await write('one.tsv', 'text\tlabel\na good film\tgood\n');
    await write('other.tsv', 'text\tlabel\na good film\tgood\na film\tugly\n');
    await write('empty.jsonl', '{"text": "a", "label": "good"}\n{"text": "a", "label": null}\n');
    const task = 'text-classification';
    expect(await errorOf(task, 'empty.tsv')).toBe('empty.tsv must have a line, but is empty');
    expect(await errorOf(task, 'none.tsv')).toBe('none.tsv must have a row, but has none');
    expect(await errorOf(task, 'missing.tsv')).toBe('missing.tsv must exist, but does not');
    expect(await errorOf(task, 'one.tsv')).toBe('one.tsv must have two labels at least, but has good');
    expect(await errorOf(task, 'one.tsv', { labelColumn: 'class' })).toBe(
      'one.tsv must have the column class, but has "text", "label" (where its first line has no names, columns are numbers, from 0)',
    );
    expect(await errorOf(task, 'one.tsv', { textColumn: 'sentence' })).toBe(
      'one.tsv must have the column sentence, but has "text", "label" (where its first line has no names, columns are numbers, from 0)',
    );
    expect(await errorOf(task, 'good.tsv', { eval: 'other.tsv' })).toBe(
      'label of other.tsv:3 must be one of bad, good, or from 0 to 1, but is "ugly"',
    );
    expect(await errorOf(task, 'empty.jsonl', { labels: ['good', 'bad'] })).toBe(
      'label of empty.jsonl:2 must be one of good, bad, or from 0 to 1, but is null',
    );
    const many = Array.from({ length: 101 }, (_, i) => `a film\ttext ${i}\n`).join('');
    await write('many.tsv', `text\tlabel\n${many}`);
    expect(await errorOf(task, 'many.tsv')).toBe(
      'many.tsv must have labels that rows share, but has 101 in 101 rows, such as "text 0"',
    );
    expect(await errorOf(task, 'good.tsv', { regression: true })).toMatch(
      /^label of good.tsv:2 must be a number, but is "\w+"$/,
    );
    expect(await errorOf(task, 'good.tsv', { labelColumns: ['text', 'label'] })).toMatch(
      /^text of good.tsv:2 must be 0 or 1, but is "/,
    );
  });

  test('of tags', async () => {
    const task = 'token-classification';
    await write(
      'short.jsonl',
      '{"words": ["ada", "is"], "tags": ["B-PER"]}\n{"words": ["a"], "tags": ["O"]}\n',
    );
    expect(await errorOf(task, 'short.jsonl')).toBe(
      'tags of short.jsonl:1 must be one for each of its 2 words, but are 1',
    );
    expect(await errorOf(task, 'good.tsv')).toMatch(
      /^good.tsv must have a word and its tag in each line, but has texts, such as "\w+ /,
    );
    await write('good.conll', 'ada B-PER\nis O\n');
    await write('other.conll', 'ada B-PER\n\nis B-LOC\n');
    expect(await errorOf(task, 'good.conll', { eval: 'other.conll' })).toBe(
      'tag of word 0 of other.conll:3 must be one of B-PER, O, or from 0 to 1, but is "B-LOC"',
    );
  });

  test('of questions, of choices, of pairs', async () => {
    await write('squad.json', '{"data": []}');
    await write(
      'moved.jsonl',
      '{"question": "a", "context": "b", "answers": {"text": ["b"], "answer_start": [1]}}\n',
    );
    await write(
      'long.jsonl',
      `{"question": "${'a '.repeat(30)}", "context": "b", "answers": {"text": [], "answer_start": []}}\n`,
    );
    await write('choice.jsonl', '{"question": "a", "choice0": "good", "choice1": "bad", "label": 2}\n');
    await write('score.csv', 'sentence1,sentence2,score\na,b,3\n');
    expect(await errorOf('question-answering', 'squad.json')).toBe(
      'squad.json must have a question, but has none',
    );
    expect(await errorOf('question-answering', 'moved.jsonl')).toBe(
      'moved.jsonl:1: an answer must stand at 1 of the context, but is "b"',
    );
    expect(await errorOf('question-answering', 'long.jsonl')).toMatch(
      /^long.jsonl: question 0 must leave room for its context: .* \(maxLength 24 and stride 8\)$/,
    );
    expect(await errorOf('multiple-choice', 'choice.jsonl')).toBe(
      'label of choice.jsonl:1 must be from 0 to 1, a choice, but is 2',
    );
    expect(await errorOf('similarity', 'score.csv')).toBe(
      'score of score.csv:2 must be from -1 to 1, or be divided by a scale, but is "3"',
    );
    expect(await errorOf('similarity', 'score.csv', { scale: 5 })).toBe('nothing');
  });
});

test('texts beyond the positions of the model are cut, and counted', async () => {
  await write('long.tsv', `text\tlabel\n${'good '.repeat(40)}\tgood\nbad\tbad\n`);
  const { notes, recipe } = await prepare('text-classification', 'long.tsv');
  expect(recipe.maxLength).toBe(24);
  expect(notes!.map((note) => note.replaceAll(`${folder}/`, ''))).toEqual([
    'the model has room for 24 tokens',
    'long.tsv: 1 of 2 texts are cut to 24 tokens',
    'long.tsv: 1 of 2 texts are cut to 24 tokens',
  ]);
});
