import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { from0, positiveInteger } from '../../checks.js';
import { failureOf, loadRowFunction, messageOf, type RowModule } from './row_function.js';
import { type ChunkResult, RowWorker } from './row_worker.js';

export interface MapInWorkersOptions {
  /** The module with the function: its URL, such as `new URL('./encode.js', import.meta.url)`, or its path. */
  readonly module: URL | string;
  /** The name under which the module exports what makes the function, `default` by default. */
  readonly export?: string | undefined;
  /** What that is given: plain data, as it goes to other threads. */
  readonly options?: unknown;
  /** How many threads; with 0, this one does it. */
  readonly workers: number;
  /** Rows that a thread is given at once, 32 by default. */
  readonly chunkSize?: number | undefined;
}

/** Chunks that are on their way for each worker. */
const AHEAD = 2;

/**
 * Maps rows in worker threads, by a function that each makes for itself: the module exports `(options) => (row, index) =>
 * example`, both of which may be async. Results come in the order of the rows, whatever the number of workers; no more
 * than twice `chunkSize` rows a worker are read ahead. Rows and examples are plain data. The threads end with the
 * iteration. In Node only.
 *
 * @throws RangeError naming the option, the rule and the value; from the results, after those of the rows before: Error
 *   naming the row and what its function said; the rows' own; if the module does not export what it must; if a thread ends.
 * @example
 * // encode.js: export default async ({ path }) => textEncoder({ tokenizer: await Tokenizer.fromPretrained(path), text: 's' });
 * const module = new URL('./encode.js', import.meta.url);
 * const examples = () => mapInWorkers(readJsonl('train.jsonl'), { module, options: { path: 'model' }, workers: 4 });
 */
export function mapInWorkers<E = unknown, R = unknown>(
  rows: Iterable<R> | AsyncIterable<R>,
  options: MapInWorkersOptions,
): AsyncGenerator<E, void, undefined> {
  const { workers, chunkSize = 32, module, export: name = 'default' } = options;
  if (!Number.isInteger(from0('workers', workers))) {
    throw new RangeError(`workers must be an integer, but is ${workers}`);
  }
  positiveInteger('chunkSize', chunkSize);
  const source = { url: urlOf(module), name, options: options.options };
  return workers === 0 ? mapHere(rows, source) : mapThere(rows, source, workers, chunkSize);
}

function urlOf(module: URL | string): string {
  if (module instanceof URL) return module.href;
  return /^(file|data|node):/.test(module) ? module : pathToFileURL(resolve(module)).href;
}

async function* mapHere<R, E>(
  rows: Iterable<R> | AsyncIterable<R>,
  source: RowModule,
): AsyncGenerator<E, void, undefined> {
  let run: Awaited<ReturnType<typeof loadRowFunction<R, E>>> | undefined;
  let index = 0;
  for await (const row of rows) {
    run ??= await loadRowFunction<R, E>(source);
    let example: E;
    try {
      example = await run(row, index);
    } catch (error) {
      throw failureOf({ index, message: messageOf(error) }, source);
    }
    index++;
    yield example;
  }
}

async function* mapThere<R, E>(
  rows: Iterable<R> | AsyncIterable<R>,
  source: RowModule,
  count: number,
  chunkSize: number,
): AsyncGenerator<E, void, undefined> {
  const workers: RowWorker<R, E>[] = [];
  const pending: { worker: RowWorker<R, E>; sent: Promise<ChunkResult<E>> }[] = [];
  const reader = new ChunkReader(rows, chunkSize);
  try {
    for (let next = 0; ; ) {
      while (!reader.isEnd && pending.length < AHEAD * count) {
        const chunk = await reader.read();
        if (chunk.rows.length === 0) break;
        const worker = workers[next] ?? new RowWorker<R, E>(source);
        workers[next] = worker;
        pending.push({ worker, sent: worker.send(chunk) });
        next = (next + 1) % count;
      }
      const head = pending.shift();
      if (!head) break;
      const { examples, failure } = await head.worker.result(head.sent);
      yield* examples;
      if (failure) throw failureOf(failure, source);
    }
    if (reader.failure) throw reader.failure.error;
  } finally {
    await Promise.all([reader.close(), ...workers.map((worker) => worker.terminate())]);
  }
}

/** Reads rows some at a time; an error of theirs ends the reading, and is kept until those before it are done. */
class ChunkReader<R> {
  isEnd = false;
  failure: { error: unknown } | undefined;
  private readonly iterator: Iterator<R> | AsyncIterator<R>;
  private start = 0;

  constructor(
    rows: Iterable<R> | AsyncIterable<R>,
    private readonly size: number,
  ) {
    this.iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  }

  async read(): Promise<{ start: number; rows: R[] }> {
    const rows: R[] = [];
    try {
      while (rows.length < this.size && !this.isEnd) {
        const { done, value } = await this.iterator.next();
        if (done) this.isEnd = true;
        else rows.push(value);
      }
    } catch (error) {
      this.isEnd = true;
      this.failure = { error };
    }
    const { start } = this;
    this.start += rows.length;
    return { start, rows };
  }

  async close(): Promise<void> {
    if (!this.isEnd) await this.iterator.return?.();
  }
}
