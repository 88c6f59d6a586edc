import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChoices, readTexts } from './read_texts.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

describe('readTexts', () => {
  it('reads texts and classes between tabs', async () => {
    const path = await write('a.tsv', 'it is "good"\t1\n"bad"\t0');
    const { rows, facts } = await readTexts(path, {});
    expect(rows).toEqual([
      { text: 'it is "good"', label: '1' },
      { text: '"bad"', label: '0' },
    ]);
    expect(facts).toEqual([`${path}: 2 texts (0 1, 1 1)`]);
  });

  it('leaves out rows that are broken or of another class, and takes texts out of quotes', async () => {
    const lines = ['b\t"The ""best"" one"', 'e\t"open\tx\ty', 't\tplain', '210723\tend"""', 'b'];
    const path = await write('b.txt', lines.join('\n'));
    const columns = { textColumn: 1, labelColumn: 0 };
    const labels = ['b', 't'];
    const { rows, facts } = await readTexts(path, { ...columns, labels, unquote: true, skipBroken: true });
    expect(rows).toEqual([
      { text: 'The "best" one', label: 'b' },
      { text: 'plain', label: 't' },
    ]);
    expect(facts[1]).toMatch(/^.*b\.txt: 3 rows are left out, such as /);
    await expect(readTexts(path, columns)).rejects.toThrow('b.txt:2: a row must have 2 values');
    const other = await write('c.txt', 'x\tplain');
    await expect(readTexts(other, { ...columns, labels })).rejects.toThrow(
      'must have a label of b, t, but has "x"',
    );
    await expect(readTexts(other, { ...columns, labels, skipBroken: true })).rejects.toThrow(
      'must have a labelled text, but has none',
    );
  });

  it('reads pairs of a file of objects', async () => {
    const path = await write('d.json', '{"sentence1": "a", "sentence2": "b", "label": "neutral", "id": 7}\n');
    const columns = { textColumn: 'sentence1', textPairColumn: 'sentence2', groupColumn: 'id' };
    const { rows } = await readTexts(path, columns);
    expect(rows).toEqual([{ text: 'a', pair: 'b', label: 'neutral', group: '7' }]);
    await expect(readTexts(path, {})).rejects.toThrow(
      'must have a text or number in column text, but has none',
    );
  });
});

describe('readChoices', () => {
  it('finds the columns of choices', async () => {
    const path = await write('e.json', '{"question": "q", "choice0": "a", "choice1": "b", "label": 1}\n');
    const { rows, columns } = await readChoices(path);
    expect(columns).toEqual(['choice0', 'choice1']);
    expect(rows).toEqual([{ question: 'q', choice0: 'a', choice1: 'b', label: 1 }]);
    const none = await write('f.json', '{"question": "q"}\n');
    await expect(readChoices(none)).rejects.toThrow('must have columns choice0, choice1, …, two at least');
  });
});
