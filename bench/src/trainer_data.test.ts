import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type LabelledText, readTexts, type TrainerData } from './trainer_data.js';

async function read(texts: number, files: Readonly<Record<string, string>>): Promise<LabelledText[]> {
  const directory = await mkdtemp(join(tmpdir(), 'chui-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const text = Object.keys(files).map((name) => join(directory, name));
  for (const [index, content] of Object.values(files).entries()) await writeFile(text[index]!, content);
  const rows: LabelledText[] = [];
  for await (const row of readTexts({ text, texts } as unknown as TrainerData)) rows.push(row);
  return rows;
}

const good = { sentence: 'so good', label: '1' };

test('a table may have a first line that names its columns, or none', async () => {
  expect(await read(2, { 'a.tsv': 'so good\t1\nso bad\t0\n' })).toEqual([
    good,
    { sentence: 'so bad', label: '0' },
  ]);
  expect(await read(1, { 'a.csv': 'label,sentence\n1,so good\n' })).toEqual([good]);
});

test('files are read one after the other, up to so many texts', async () => {
  const files = {
    'a.tsv': 'so good\t1\n',
    'b.jsonl': '{"text":"so bad","label":0}\n{"text":"x","label":0}\n',
  };
  expect(await read(2, files)).toMatchObject([good, { sentence: 'so bad', label: 0 }]);
  await expect(read(4, files)).rejects.toThrow(/^text must have 4 rows, but .* has 3$/);
  await expect(read(1, { 'a.txt': 'x' })).rejects.toThrow(/must be a file that ends in \.tsv/);
});
