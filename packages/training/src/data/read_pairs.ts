import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { positiveInteger } from '../checks.js';
import type { Pair, PairSplits, Split } from './pair.js';
import { excerpt, MAX_LINE_LENGTH, readLines } from './read_lines.js';
import { splitPairs } from './split_pairs.js';

export interface ReadPairsOptions {
  /** Which side of train.SRC and train.TGT is the source: `en` for train.en. Default: the first by the alphabet. */
  readonly source?: string | undefined;
  /** The other side; needed only where there are more than two. */
  readonly target?: string | undefined;
  /** Decides which pairs are split off where there is no dev or test, 0 by default. */
  readonly seed?: number | undefined;
  /** In characters (UTF-16 units), 10,000 by default. */
  readonly maxLineLength?: number | undefined;
}

const SPLITS: readonly Split[] = ['train', 'dev', 'test'];

/**
 * Reads sources and targets: from a file of lines `source<TAB>target`; from a directory with such files, train.tsv,
 * dev.tsv and test.tsv; or from one with a file for each side, train.en and train.ja, dev.en, …, whose lines belong
 * together. Files are UTF-8, without a head; lines end with LF or CRLF.
 *
 * Where there is no dev or test, a tenth of the training pairs each, at least one and at most 1,000, is split off by seed;
 * pairs of the same source stay together.
 *
 * @throws Error of one line naming the file, the line and the rule if a file is missing, empty, or not UTF-8, a line is
 *   too long, has no tab or a second one, or has an empty side, or if sides differ in their number of lines.
 */
export async function readPairs(path: string, options: ReadPairsOptions = {}): Promise<PairSplits> {
  positiveInteger('maxLineLength', options.maxLineLength ?? MAX_LINE_LENGTH);
  const found = await readSplits(path, options);
  const parts = (['dev', 'test'] as const).filter((split) => !found[split]);
  if (parts.length === 0) return found as PairSplits;
  try {
    return { ...found, ...splitPairs(found.train, { seed: options.seed ?? 0, parts }) } as PairSplits;
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`${path}: ${error.message}`) : error;
  }
}

type Found = Partial<Record<Split, Pair[]>> & { train: Pair[] };

async function readSplits(path: string, options: ReadPairsOptions): Promise<Found> {
  const isDirectory = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isDirectory) return { train: await readTsv(path, options) };

  const names = await readdir(path);
  if (names.includes('train.tsv')) {
    return eachSplit(
      (split) => names.includes(`${split}.tsv`),
      (split) => readTsv(join(path, `${split}.tsv`), options),
    );
  }
  const [source, target] = sides(path, names, options);
  return eachSplit(
    (split) => names.includes(`${split}.${source}`) || names.includes(`${split}.${target}`),
    (split) => readParallel(join(path, `${split}.${source}`), join(path, `${split}.${target}`), options),
  );
}

async function eachSplit(
  has: (split: Split) => boolean,
  read: (split: Split) => Promise<Pair[]>,
): Promise<Found> {
  const found: Partial<Record<Split, Pair[]>> = {};
  for (const split of SPLITS) if (has(split)) found[split] = await read(split);
  return found as Found;
}

/** Which sides a directory has: `en` and `ja` for train.en and train.ja. */
function sides(
  path: string,
  names: readonly string[],
  options: ReadPairsOptions,
): [source: string, target: string] {
  const all = names.flatMap((name) => /^train\.([^.]+)$/.exec(name)?.[1] ?? []).sort();
  for (const name of ['source', 'target'] as const) {
    const side = options[name];
    if (side !== undefined && !all.includes(side)) {
      throw new Error(`${path} must have train.${side}, the ${name}, but has ${trainFiles(all)}`);
    }
  }
  const source = options.source ?? all.find((side) => side !== options.target);
  const others = all.filter((side) => side !== source);
  const target = options.target ?? others[0];
  if (source === undefined || target === undefined || source === target) {
    throw new Error(
      `${path} must have train.tsv, or train.SOURCE and train.TARGET, but has ${trainFiles(all)}`,
    );
  }
  if (others.length > 1 && (options.source === undefined || options.target === undefined)) {
    throw new Error(`source and target must be given for ${path}, since it has ${trainFiles(all)}`);
  }
  return [source, target];
}

function trainFiles(sides: readonly string[]): string {
  return sides.map((side) => `train.${side}`).join(', ') || 'neither';
}

async function readTsv(path: string, options: ReadPairsOptions): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for await (const { line, number } of readLines(path, options)) {
    const columns = line.split('\t');
    if (columns.length !== 2) {
      const has = columns.length === 1 ? 'no tab' : `${columns.length - 1} tabs`;
      throw new Error(
        `${path}:${number}: a line must be source<TAB>target, but has ${has}: ${excerpt(line)}`,
      );
    }
    const [source, target] = columns as [string, string];
    for (const [name, text] of [['source', source] as const, ['target', target] as const]) {
      if (text.trim() === '') {
        throw new Error(`${path}:${number}: the ${name} must not be empty, but is ${excerpt(text)}`);
      }
    }
    pairs.push({ source, target });
  }
  return pairs;
}

async function readParallel(source: string, target: string, options: ReadPairsOptions): Promise<Pair[]> {
  const [sources, targets] = [await readSide(source, options), await readSide(target, options)];
  if (sources.length !== targets.length) {
    throw new Error(
      `${target} must have the ${sources.length} lines that ${source} has, but has ${targets.length}`,
    );
  }
  return sources.map((text, index) => ({ source: text, target: targets[index]! }));
}

async function readSide(path: string, options: ReadPairsOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line, number } of readLines(path, options)) {
    if (line.trim() === '') {
      throw new Error(`${path}:${number}: a line must not be empty, but is ${excerpt(line)}`);
    }
    lines.push(line);
  }
  return lines;
}
