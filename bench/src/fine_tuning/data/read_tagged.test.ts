import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTagged } from './read_tagged.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

const columns = { wordColumn: 0, tagColumn: -1 };

async function write(name: string, data: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, data);
  return path;
}

const spans = (...items: object[]) => gzipSync(JSON.stringify(items));
const entity = (name: string, start: number, type = 'x') => ({
  ...{ name, span: [start, start + [...name].length], type },
});

it('reads spans of characters as tags', async () => {
  // Two that touch, one with a space inside, and a character of two UTF-16 units.
  const text = '𠮷田と京都 市大阪。';
  const entities = [entity('大阪', 7, 'place'), entity('京都 市', 3, 'place'), entity('𠮷田', 0, 'name')];
  const path = await write('a.json.gz', spans({ curid: 5, text, entities }));
  const { rows, facts } = await readTagged(path, { ...columns, groupColumn: 'curid' });
  expect(rows).toEqual([
    {
      words: [...'𠮷田と京都市大阪。'],
      tags: [...['B-name', 'I-name', 'O', 'B-place', 'I-place', 'I-place', 'B-place', 'I-place'], 'O'],
      group: '5',
    },
  ]);
  expect(facts).toEqual([`${path}: 1 sentences, 9 words, 3 entities (name 1, place 2)`]);
});

it.each([
  [{ text: 'ab', entities: [entity('b', 0)] }, '[0].entities[0].span must hold "b", but holds "a"'],
  [{ text: 'ab', entities: [entity('abc', 0)] }, '[0].entities[0] must have a type, and a span within'],
  [{ text: 'ab', entities: [entity('ab', 0), entity('b', 1)] }, '[0].entities[1] must not overlap others'],
  [{ text: 5, entities: [] }, '[0].text must be a text, but is 5'],
  [{ text: 'a' }, '[0].entities must be a list, but is missing'],
])('refuses the spans %j', async (item, message) => {
  await expect(readTagged(await write('b.json.gz', spans(item)), columns)).rejects.toThrow(message);
});

it('reads columns, where words may begin with # and lines of a tab end sentences', async () => {
  const path = await write('c.conll', '#\tO\n# a\tB-x\n\t\nb\tB-x\n\n');
  const { rows, facts } = await readTagged(path, columns);
  expect(rows).toEqual([
    { words: ['#', '# a'], tags: ['O', 'B-x'] },
    { words: ['b'], tags: ['B-x'] },
  ]);
  expect(facts).toEqual([`${path}: 2 sentences, 3 words, 2 entities (x 2)`]);
});
