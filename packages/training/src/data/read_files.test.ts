import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConll } from './read_conll.js';
import { readJsonl } from './read_jsonl.js';
import { readParquet } from './read_parquet.js';
import { readSquad } from './read_squad.js';
import { readTable } from './read_table.js';
import { readText } from './read_text.js';
import { placedAs, placeOf } from './row_places.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function write(text: string | Uint8Array, name = 'file'): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const row of rows) read.push(row);
  return read;
}

// Written by pyarrow in groups of three rows.
const fixture = (name: string) => new URL(`../../../../test/fixtures/data/${name}`, import.meta.url).pathname;

describe('readJsonl', () => {
  it('reads an object a line', async () => {
    const path = await write('\ufeff{"text": "ひ\\n", "label": 1}\r\n\n  {"text": "b"}');
    expect(await all(readJsonl(path))).toEqual([{ text: 'ひ\n', label: 1 }, { text: 'b' }]);
    const long = await write(`{"text": "${'x'.repeat(100_000)}"}`);
    expect((await all(readJsonl(long)))[0]?.text).toHaveLength(100_000);
  });

  it.each([
    ['{"a": 1}\n{"a": \n{"a": 2}', '2: a line must be a JSON object, but is "{\\"a\\": "'],
    ['[1]', '1: a line must be a JSON object, but is "[1]"'],
    ['null', '1: a line must be a JSON object, but is "null"'],
  ])('names a broken line of %j, or leaves it out', async (text, message) => {
    const path = await write(text);
    await expect(all(readJsonl(path))).rejects.toThrow(`${path}:${message}`);
    const errors: string[] = [];
    const rows = await all(readJsonl(path, { onBroken: (error) => errors.push(error.message) }));
    expect(errors).toEqual([`${path}:${message}`]);
    expect(rows).toEqual(text.startsWith('{') ? [{ a: 1 }, { a: 2 }] : []);
  });

  it('refuses files that are none', async () => {
    await expect(all(readJsonl(join(directory, 'none')))).rejects.toThrow('none must exist, but does not');
    await expect(all(readJsonl(await write('')))).rejects.toThrow('must have a line, but is empty');
    await expect(all(readJsonl(await write(Uint8Array.of(0xff))))).rejects.toThrow('1: a line must be UTF-8');
    const path = await write('{"a": "xxxxxxxx"}');
    await expect(all(readJsonl(path, { maxLineLength: 9 }))).rejects.toThrow('at most 9 characters');
  });

  it('ends where the reader does', async () => {
    const path = await write('{"a": 1}\n'.repeat(100_000));
    for await (const row of readJsonl(path)) {
      expect(row).toEqual({ a: 1 });
      break;
    }
  });
});

describe('readConll', () => {
  it('reads columns between tabs, or between spaces', async () => {
    const tabs = await write('# id = 1\n1\tNew York\tB-LOC\t-\n2\t# 1\tO\t-\n\n\n1\t!\tO\t-');
    expect(await all(readConll(tabs, { wordColumn: 1, tagColumn: 2 }))).toEqual([
      { words: ['New York', '# 1'], tags: ['B-LOC', 'O'] },
      { words: ['!'], tags: ['O'] },
    ]);
    const spaces = await write('-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\n#  NN I-NP O\r\n');
    expect(await all(readConll(spaces, { tagColumn: -1 }))).toEqual([{ words: ['EU'], tags: ['B-ORG'] }]);
    expect(await all(readConll(spaces, { tagColumn: 1 }))).toEqual([{ words: ['EU'], tags: ['NNP'] }]);
  });

  it('names a line that lacks a column, or leaves its sentence out', async () => {
    const path = await write('a\tO\n\nb\tO\nc\nd\n\ne\tO');
    const message = `${path}:4: a line must have a word and a tag in columns 0 and -1, but is "c"`;
    await expect(all(readConll(path))).rejects.toThrow(message);
    const errors: string[] = [];
    const read = await all(readConll(path, { onBroken: (error) => errors.push(error.message) }));
    expect(read.map(({ words }) => words)).toEqual([['a'], ['e']]);
    expect(errors).toEqual([message]);
    await expect(all(readConll(path, { wordColumn: 0.5 }))).rejects.toThrow(
      'wordColumn must be an integer, but is 0.5',
    );
    await expect(all(readConll(await write('a\t')))).rejects.toThrow(':1: a line must have a word and a tag');
  });
});

describe('readSquad', () => {
  const file = (qas: unknown, context: unknown = '😀 in Paris') =>
    JSON.stringify({ data: [{ title: 'T', paragraphs: [{ context, qas }] }] });
  const answer = { text: 'Paris', answer_start: 5 };
  const question = { id: 'q', question: 'where?', answers: [answer] };

  it('counts places as JavaScript does', async () => {
    const [found] = await readSquad(await write(file([question])));
    expect(found).toEqual({
      ...{ id: 'q', title: 'T', context: '😀 in Paris', question: 'where?' },
      answers: [{ text: 'Paris', start: 6, end: 11 }],
    });
    const { start, end } = found!.answers[0]!;
    expect(found!.context.slice(start, end)).toBe('Paris');
  });

  it('has no answers for what has none', async () => {
    const none = { ...question, is_impossible: true, answers: [] };
    const plausible = { ...none, answers: [{ text: 'x', answer_start: 99 }] };
    const read = await readSquad(await write(file([none, plausible])));
    expect(read.map(({ answers }) => answers)).toEqual([[], []]);
  });

  it.each([
    [{ ...question, id: 7 }, 'data[0].paragraphs[0].qas[0].id must be a text, but is "7"'],
    [{ ...question, question: null }, 'qas[0].question must be a text, but is "null"'],
    [{ ...question, answers: {} }, 'qas[0].answers must be a list, but is "{}"'],
    [{ ...question, answers: [{ text: 'Paris' }] }, 'answers[0] must have a text and an answer_start'],
    [{ ...question, answers: [{ ...answer, answer_start: 6 }] }, 'answers[0] must stand at 6 of the context'],
    [
      { ...question, answers: [{ ...answer, answer_start: -1 }] },
      'answers[0] must stand at -1 of the context',
    ],
  ])('names a broken question of %j, or leaves it out', async (wrong, message) => {
    const path = await write(file([wrong, question]));
    await expect(readSquad(path)).rejects.toThrow(message);
    const errors: string[] = [];
    const read = await readSquad(path, { onBroken: (error) => errors.push(error.message) });
    expect(read).toHaveLength(1);
    expect(errors).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['{', 'must be JSON, but'],
    ['[]', 'must be a JSON object, but is "[]"'],
    ['{}', 'data must be a list, but is missing'],
    ['{"data": [1]}', 'data[0] must be an object, but is "1"'],
    [file(5), 'data[0].paragraphs[0].qas must be a list, but is "5"'],
    [file([], 5), 'data[0].paragraphs[0].context must be a text, but is "5"'],
  ])('refuses %s', async (text, message) => {
    await expect(readSquad(await write(text))).rejects.toThrow(message);
  });

  it('refuses a file that is not there', async () => {
    await expect(readSquad(join(directory, 'none'))).rejects.toThrow('none must exist, but does not');
  });
});

describe('readTable', () => {
  it('reads values by column', async () => {
    const csv = await write('\ufefftext,label\r\n"a, ""b""\nc",1\r\n\r\nd,2\r\n');
    expect(await all(readTable(csv))).toEqual([
      { text: 'a, "b"\nc', label: '1' },
      { text: 'd', label: '2' },
    ]);
    const tsv = await write('a\tb\n"x\ty"\n', 'rows.TSV');
    expect(await all(readTable(tsv))).toEqual([{ a: '"x', b: 'y"' }]);
    const plain = await write("1;'a;b'\n");
    const options = { columns: ['id', 'text'], delimiter: ';', quote: "'" };
    expect(await all(readTable(plain, options))).toEqual([{ id: '1', text: 'a;b' }]);
    expect(await all(readTable(await write('a,b\n')))).toEqual([]);
  });

  it('names a broken row, or leaves it out', async () => {
    const path = await write('a,b\n1\n"2\n2",3\n4,5,6\n7,8\n');
    const rule = 'a row must have 2 values, as there are columns, but has';
    await expect(all(readTable(path))).rejects.toThrow(`${path}:2: ${rule} 1`);
    const errors: string[] = [];
    const rows = await all(readTable(path, { onBroken: (error) => errors.push(error.message) }));
    expect(rows).toEqual([
      { a: '2\n2', b: '3' },
      { a: '7', b: '8' },
    ]);
    expect(errors).toEqual([`${path}:2: ${rule} 1`, `${path}:5: ${rule} 3`]);
    const quoted = await write('a,b\n1,"x"y\n');
    await expect(all(readTable(quoted))).rejects.toThrow('2: a row must have quotes around whole values');
    await expect(all(readTable(await write('a\n"x\ny')))).rejects.toThrow(
      'must have quotes around whole values',
    );
  });

  it('refuses files that are none', async () => {
    await expect(all(readTable(join(directory, 'none')))).rejects.toThrow('none must exist, but does not');
    await expect(all(readTable(await write('')))).rejects.toThrow('must have a line, but is empty');
    await expect(all(readTable(await write('a,a\n1,2')))).rejects.toThrow(
      'columns must have names of their own, but two are a',
    );
  });
});

describe('readParquet', () => {
  it.each(['snappy', 'zstd'])('reads what pyarrow wrote with %s', async (codec) => {
    const rows = await all(readParquet(fixture(`${codec}.parquet`)));
    expect(rows).toHaveLength(4);
    expect(rows[1]).toEqual({
      ...{ text: '日本', label: 2, big: 2n ** 60n, tokens: [], score: 1.5, flag: false },
      nested: { text: [], answer_start: [] },
    });
    expect(rows[3]).toEqual({
      ...{ text: null, label: null, big: 4, tokens: null, score: null, flag: true },
      nested: { text: ['q'], answer_start: [0] },
    });
  });

  it('reads some columns', async () => {
    const rows = await all(readParquet(fixture('snappy.parquet'), { columns: ['label'] }));
    expect(rows).toEqual([{ label: 1 }, { label: 2 }, { label: 3 }, { label: null }]);
    await expect(all(readParquet(fixture('snappy.parquet'), { columns: ['list'] }))).rejects.toThrow(
      'must have the column list, but has text, label, big, tokens, score, flag, nested',
    );
  });

  it('refuses what is none', async () => {
    await expect(all(readParquet(await write('PAR1')))).rejects.toThrow('must be a parquet file, but');
    await expect(all(readParquet(join(directory, 'none')))).rejects.toThrow('none must exist, but does not');
  });
});

describe('readText', () => {
  it('reads lines or paragraphs', async () => {
    const path = await write('\ufeffone\r\n  two\n\n \nthree\n');
    expect(await all(readText(path))).toEqual(['one', '  two', 'three']);
    expect(await all(readText(path, { unit: 'paragraph' }))).toEqual(['one\n  two', 'three']);
    const ended = await write('one\n\n');
    expect(await all(readText(ended, { unit: 'paragraph' }))).toEqual(['one']);
  });

  it('refuses what is no text', async () => {
    await expect(all(readText(join(directory, 'none')))).rejects.toThrow('none must exist, but does not');
    const path = await write(Uint8Array.of(0x61, 0x0a, 0xff));
    await expect(all(readText(path))).rejects.toThrow(`${path}:2: a line must be UTF-8`);
    await expect(all(readText(path, { unit: 'page' as never }))).rejects.toThrow(
      'unit must be line or paragraph, but is page',
    );
  });
});

describe('the place of a row', () => {
  const placesOf = async (rows: AsyncIterable<object>) =>
    (await all(rows)).map((row) => placeOf(row, 0).slice(directory.length + 1));

  it('is the line in which it begins', async () => {
    const csv = await write('a,b\n\n1,2\n"3\nand\n4",5\n6,7\n', 'a.csv');
    expect(await placesOf(readTable(csv))).toEqual(['a.csv:3', 'a.csv:4', 'a.csv:7']);
    const bare = await write('1\t2\r\n3\t4\r\n', 'a.tsv');
    expect(await placesOf(readTable(bare, { columns: ['a', 'b'] }))).toEqual(['a.tsv:1', 'a.tsv:2']);
    const jsonl = await write('{"a": 1}\n\n{"a": 2}\n', 'a.jsonl');
    expect(await placesOf(readJsonl(jsonl))).toEqual(['a.jsonl:1', 'a.jsonl:3']);
    const conll = await write('# id\nada B-PER\nis O\n\n\nhere O\n', 'a.conll');
    expect(await placesOf(readConll(conll))).toEqual(['a.conll:2', 'a.conll:6']);
  });

  it('is its number in a file without lines, and where no reader gave it', async () => {
    const parquet = fixture('snappy.parquet');
    const [, second] = await all(readParquet(parquet));
    expect(placeOf(second!, 0)).toBe(`row 1 of ${parquet}`);
    expect(placeOf({ a: 1 }, 3)).toBe('row 3');
    expect(placeOf(placedAs({ b: 1 }, second!), 0)).toBe(`row 1 of ${parquet}`);
  });
});
