import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataCollatorWithPadding } from '../collators/data_collator_with_padding.js';
import { readJsonl } from '../read_jsonl.js';
import { StreamBatches } from '../stream_batches.js';
import { type MapInWorkersOptions, mapInWorkers } from './map_in_workers.js';

const source = `
export default ({ factor = 1 } = {}) => async (row, index) => {
  if (row === 'bad') throw new Error('must be a number');
  if (row === 'named') throw new Error(\`label of row \${index} must be a number\`);
  if (row === 'function') return () => 1;
  if (row === 'exit') process.exit(3);
  if (row === 'timer') await new Promise(() => setTimeout(() => { throw new Error('late'); }));
  if (row === 'stuck') await new Promise(() => setInterval(() => {}, 1000));
  await new Promise((resolve) => setTimeout(resolve, row % 3));
  return { inputIds: Int32Array.of(factor * row + 1), index };
};
export const later = async () => (row) => row;
export const nothing = () => undefined;
export const failing = () => { throw new Error('no vocabulary'); };
export const number = 3;
`;

let directory: string;
let module: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-test-'));
  module = join(directory, 'encode.mjs');
  await writeFile(module, source);
});
afterAll(() => rm(directory, { recursive: true }));

/** The results up to an error, and its message. */
async function all(rows: AsyncIterable<unknown>): Promise<{ results: unknown[]; message?: string }> {
  const results: unknown[] = [];
  try {
    for await (const row of rows) results.push(row);
    return { results };
  } catch (error) {
    return { results, message: (error as Error).message };
  }
}

/** The same with none, one and three workers. */
async function withAll(
  rows: () => Iterable<unknown> | AsyncIterable<unknown>,
  options: Partial<MapInWorkersOptions> = {},
) {
  const run = (workers: number) => all(mapInWorkers(rows(), { module, chunkSize: 4, ...options, workers }));
  const [none, one, three] = [await run(0), await run(1), await run(3)];
  expect(one).toEqual(none);
  expect(three).toEqual(none);
  return none;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('mapInWorkers', () => {
  it('gives the same for any number of workers, in order', async () => {
    const { results } = await withAll(() => numbers(50), { options: { factor: 2 } });
    expect(results).toEqual(numbers(50).map((index) => ({ inputIds: Int32Array.of(2 * index + 1), index })));
    expect(await withAll(() => [])).toEqual({ results: [] });
    expect(await withAll(() => [3, 4], { export: 'later' })).toEqual({ results: [3, 4] });
    const url = pathToFileURL(module);
    for (const same of [url, url.href]) {
      expect((await withAll(() => [3], { module: same })).results).toHaveLength(1);
    }
  });

  it('gives what comes before an error, and names the row', async () => {
    const { results, message } = await withAll(() => [...numbers(9), 'bad', 10]);
    expect(message).toBe('row 9: must be a number');
    expect(results).toHaveLength(9);
    expect((await withAll(() => [0, 'named'])).message).toBe('label of row 1 must be a number');
  });

  it('gives what comes before an error of the rows', async () => {
    const path = join(directory, 'broken.jsonl');
    await writeFile(path, `${'{"a": 1}\n'.repeat(10)}{"a"`);
    const { results, message } = await withAll(() => readJsonl(path), { export: 'later' });
    expect(message).toBe(`${path}:11: a line must be a JSON object, but is "{\\"a\\""`);
    expect(results).toHaveLength(10);
  });

  it('says what is wrong with the module', async () => {
    const { href } = pathToFileURL(module);
    const messageOf = async (options: Partial<MapInWorkersOptions>) =>
      (await withAll(() => [1], options)).message;
    expect(await messageOf({ export: 'number' })).toBe(
      `module must export a function as number, but ${href} exports default, failing, later, nothing, number`,
    );
    expect(await messageOf({ export: 'nothing' })).toBe(
      `nothing of the module must give a function, but that of ${href} gives undefined`,
    );
    expect(await messageOf({ export: 'failing' })).toBe(
      `module must give a function, but ${href} fails: no vocabulary`,
    );
    for (const workers of [0, 1]) {
      const missing = all(mapInWorkers([1], { module: join(directory, 'none.mjs'), workers }));
      expect((await missing).message).toMatch('none.mjs fails: ');
    }
  });

  it.each([
    ['exit', 'a worker must live until all is done, but ended at rows 4 to 5: exit code 3'],
    ['timer', 'a worker must live until all is done, but ended at rows 4 to 5: late'],
    ['function', 'row 5: () => 1 could not be cloned.'],
  ])('tells of a worker that ends by %s', async (row, ending) => {
    const { results, message } = await all(
      mapInWorkers([0, 1, 2, 3, 4, row], { module, chunkSize: 4, workers: 2 }),
    );
    expect(message).toBe(ending);
    expect(results).toHaveLength(row === 'function' ? 5 : 4);
  });

  it('tells of what cannot go to another thread', async () => {
    const call = () => 1;
    expect((await all(mapInWorkers([1, call], { module, workers: 1 }))).message).toBe(
      'rows 0 to 1 must be plain data for workers, but () => 1 could not be cloned.',
    );
    expect((await all(mapInWorkers([1], { module, options: { call }, workers: 1 }))).message).toBe(
      'options must be plain data for workers, but () => 1 could not be cloned.',
    );
  });

  it('reads no more than it must ahead, and ends workers and rows with the iteration', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate');
    let read = 0;
    let isOpen = true;
    const rows = function* () {
      try {
        for (;;) yield read++;
      } finally {
        isOpen = false;
      }
    };
    for await (const _ of mapInWorkers(rows(), { module, chunkSize: 4, workers: 2 })) break;
    expect(read).toBe(16);
    expect(isOpen).toBe(false);
    expect(terminate).toHaveBeenCalledTimes(2);
    terminate.mockRestore();
  });

  it('does not keep the process alive when it is left', async () => {
    const ports = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = ports();
    const rows = mapInWorkers([1, 2, 'stuck'], { module, chunkSize: 1, workers: 3 });
    await rows.next();
    expect((await rows.next()).value).toMatchObject({ index: 1 });
    expect(ports()).toBe(before);
    void rows.return();
  });

  it('feeds a stream of batches', async () => {
    const rows = () => mapInWorkers<object>(numbers(20), { module, chunkSize: 4, workers: 2 });
    const batches = new StreamBatches(rows, { collator: dataCollatorWithPadding(), batchSize: 8 });
    for (const epoch of [0, 1]) {
      const sizes: number[] = [];
      for await (const { size } of batches.epoch(epoch)) sizes.push(size);
      expect(sizes.sort()).toEqual([4, 8, 8]);
    }
  });

  it.each<[Partial<MapInWorkersOptions>, string]>([
    [{ workers: -1 }, 'workers must be at least 0, but is -1'],
    [{ workers: 0.5 }, 'workers must be an integer, but is 0.5'],
    [{ workers: 1, chunkSize: 0 }, 'chunkSize must be a positive integer, but is 0'],
  ])('refuses %o', (options, message) => {
    expect(() => mapInWorkers([], { module, workers: 0, ...options })).toThrow(message);
  });
});
