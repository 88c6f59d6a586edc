import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLines } from './read_lines.js';
import { type ReadPairsOptions, readPairs } from './read_pairs.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-pairs-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function write(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

/** The message of the error, with paths relative to the directory. */
async function failure(name: string, options?: ReadPairsOptions): Promise<string> {
  const error = await readPairs(join(directory, name), options).then(
    () => new Error('no error'),
    (error: Error) => error,
  );
  return error.message.replaceAll(`${directory}/`, '').replaceAll(directory, '.');
}

const pair = (source: string, target: string) => ({ source, target });
const line = (source: string, target = `${source}!`) => `${source}\t${target}\n`;

describe('readPairs', () => {
  it('reads a directory with train.tsv, dev.tsv and test.tsv', async () => {
    await write({
      'train.tsv': 'one\t一\ntwo\t二\n',
      'dev.tsv': 'three\t三\n',
      'test.tsv': 'four\t四',
    });
    expect(await readPairs(directory)).toEqual({
      train: [pair('one', '一'), pair('two', '二')],
      dev: [pair('three', '三')],
      test: [pair('four', '四')],
    });
  });

  it('reads a directory with a file for each side, the source being the first by the alphabet', async () => {
    await write({
      'train.ja': '一\n二\n',
      'train.en': 'one\ntwo\n',
      'dev.ja': '三\n',
      'dev.en': 'three\n',
      'test.ja': '四\n',
      'test.en': 'four\n',
      'README.md': 'not data',
    });
    const splits = await readPairs(directory);
    expect(splits.train).toEqual([pair('one', '一'), pair('two', '二')]);
    expect(splits.dev).toEqual([pair('three', '三')]);
    expect(splits.test).toEqual([pair('four', '四')]);
    expect((await readPairs(directory, { source: 'ja' })).test).toEqual([pair('四', 'four')]);
    expect((await readPairs(directory, { target: 'en' })).test).toEqual([pair('四', 'four')]);
  });

  it('takes two of three sides when told which', async () => {
    const names = ['de', 'en', 'ja'];
    await write(
      Object.fromEntries(
        ['train', 'dev', 'test'].flatMap((split) => names.map((name) => [`${split}.${name}`, `${name}\n`])),
      ),
    );
    expect((await readPairs(directory, { source: 'ja', target: 'de' })).train).toEqual([pair('ja', 'de')]);
    expect(await failure('', { source: 'ja' })).toBe(
      'source and target must be given for ., since it has train.de, train.en, train.ja',
    );
  });

  it('takes CRLF and a byte order mark, and keeps other space', async () => {
    await write({ 'data.tsv': '\uFEFFa\tb\r\n c \td\u2028e\r\nf\tg\r\n' });
    const { train, dev, test } = await readPairs(join(directory, 'data.tsv'));
    expect([...train, ...dev, ...test].sort((one, two) => (one.source < two.source ? -1 : 1))).toEqual([
      pair(' c ', 'd\u2028e'),
      pair('a', 'b'),
      pair('f', 'g'),
    ]);
  });

  it('splits dev and test off by seed, each source in one split only', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => line(`s${index % 150}`, `t${index}`));
    await write({ 'data.tsv': lines.join('') });
    const path = join(directory, 'data.tsv');
    const splits = await readPairs(path, { seed: 4 });
    const { train, dev, test } = splits;
    expect([...train, ...dev, ...test]).toHaveLength(200);
    for (const part of [dev, test]) {
      expect(part.length).toBeGreaterThanOrEqual(20);
      expect(part.length).toBeLessThanOrEqual(21);
    }
    const sources = [train, dev, test].map((part) => new Set(part.map(({ source }) => source)));
    expect(sources.reduce((sum, { size }) => sum + size, 0)).toBe(150);
    expect(await readPairs(path, { seed: 4 })).toEqual(splits);
    expect(await readPairs(path, { seed: 5 })).not.toEqual(splits);
  });

  it('splits only test off where there is a dev', async () => {
    await write({
      'train.tsv': ['a', 'b', 'c', 'd'].map((text) => line(text)).join(''),
      'dev.tsv': line('e'),
    });
    const splits = await readPairs(directory);
    expect(splits.dev).toEqual([pair('e', 'e!')]);
    expect([splits.train.length, splits.test.length]).toEqual([3, 1]);
  });

  it.each<[string, Record<string, string | Uint8Array>, string, ReadPairsOptions?]>([
    ['data.tsv', {}, 'data.tsv must exist, but does not'],
    ['data.tsv', { 'data.tsv': '' }, 'data.tsv must have a line, but is empty'],
    [
      'data.tsv',
      { 'data.tsv': 'a\tb\nc d\n' },
      'data.tsv:2: a line must be source<TAB>target, but has no tab: "c d"',
    ],
    [
      'data.tsv',
      { 'data.tsv': 'a\tb\n\nc\td\n' },
      'data.tsv:2: a line must be source<TAB>target, but has no tab: ""',
    ],
    [
      'data.tsv',
      { 'data.tsv': 'a\tb\nc\td\te\n' },
      'data.tsv:2: a line must be source<TAB>target, but has 2 tabs: "c\\td\\te"',
    ],
    ['data.tsv', { 'data.tsv': 'a\tb\n \tc\n' }, 'data.tsv:2: the source must not be empty, but is " "'],
    ['data.tsv', { 'data.tsv': 'a\t\n' }, 'data.tsv:1: the target must not be empty, but is ""'],
    [
      'data.tsv',
      { 'data.tsv': Uint8Array.of(0x61, 0x09, 0x62, 0x0a, 0x63, 0x09, 0xff, 0x0a) },
      'data.tsv:2: a line must be UTF-8, but has bytes that are not',
    ],
    [
      'data.tsv',
      { 'data.tsv': `a\tb\nc\t${'d'.repeat(1_000_000)}\n` },
      'data.tsv:2: a line must have at most 10000 characters, but has over 10000',
    ],
    [
      'data.tsv',
      { 'data.tsv': 'abc\tdef\n' },
      'data.tsv:1: a line must have at most 6 characters, but has 7',
      { maxLineLength: 6 },
    ],
    [
      'data.tsv',
      { 'data.tsv': line('a') },
      'maxLineLength must be a positive integer, but is 0',
      { maxLineLength: 0 },
    ],
    [
      'data.tsv',
      { 'data.tsv': line('a') + line('a') + line('b') },
      'data.tsv: pairs must have 3 different sources to split off dev and test, but have 2',
    ],
    ['', {}, '. must have train.tsv, or train.SOURCE and train.TARGET, but has neither'],
    [
      '',
      { 'train.en': 'a\n', 'dev.ja': 'b\n' },
      '. must have train.tsv, or train.SOURCE and train.TARGET, but has train.en',
    ],
    [
      '',
      { 'train.en': 'a\n', 'train.ja': 'b\n' },
      '. must have train.fr, the source, but has train.en, train.ja',
      { source: 'fr' },
    ],
    [
      '',
      { 'train.en': 'a\nb\nc\n', 'train.ja': 'd\ne\n' },
      'train.ja must have the 3 lines that train.en has, but has 2',
    ],
    ['', { 'train.en': 'a\n\n', 'train.ja': 'b\nc\n' }, 'train.en:2: a line must not be empty, but is ""'],
    ['', { 'train.en': 'a\n', 'train.ja': 'b\n', 'dev.en': 'c\n' }, 'dev.ja must exist, but does not'],
    ['', { 'train.tsv': line('a'), 'dev.tsv': '' }, 'dev.tsv must have a line, but is empty'],
  ])('refuses %s of %o', async (name, files, message, options) => {
    await write(files);
    expect(await failure(name, options)).toBe(message);
  });
});

describe('readLines', () => {
  it('reads what was written, wherever the chunks of the file end', async () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !/[\r\n]/.test(text)),
      {
        minLength: 1,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.constantFrom('\n', '\r\n'),
        fc.integer({ min: 0, max: 5 }),
        async (lines, end, shift) => {
          // The stream reads 64 KiB at a time: the lines lie across the end of the first chunk.
          const written = ['x'.repeat(65_520 + shift), ...lines];
          await write({ 'lines.txt': written.map((text) => text + end).join('') });
          const read: string[] = [];
          const options = { maxLineLength: 70_000 };
          for await (const { line, number } of readLines(join(directory, 'lines.txt'), options)) {
            read[number - 1] = line;
          }
          expect(read).toEqual(written);
        },
      ),
      { numRuns: 50 },
    );
  });
});
