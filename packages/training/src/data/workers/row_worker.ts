import { Worker } from 'node:worker_threads';
import { messageOf, type RowFailure, type RowModule } from './row_function.js';
import { WORKER_SCRIPT } from './worker_script.js';

/** Rows that a worker is given at once. */
export interface Chunk<R> {
  /** The index of the first. */
  readonly start: number;
  readonly rows: readonly R[];
}

/** The examples of a chunk's rows, up to the one that failed. */
export interface ChunkResult<E> {
  readonly examples: readonly E[];
  readonly failure?: RowFailure;
}

interface Task<E> {
  readonly chunk: Chunk<unknown>;
  readonly resolve: (result: ChunkResult<E>) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that maps chunks of rows, in their order. It keeps the process alive only while `result` waits. */
export class RowWorker<R, E> {
  private readonly worker: Worker;
  private tasks: Task<E>[] = [];
  private ended: string | undefined;

  /** @throws TypeError if the options cannot go to another thread. */
  constructor(module: RowModule) {
    try {
      this.worker = new Worker(WORKER_SCRIPT, { workerData: module });
    } catch (error) {
      throw new TypeError(`options must be plain data for workers, but ${messageOf(error)}`);
    }
    this.worker.on('message', (result: ChunkResult<E>) => this.tasks.shift()!.resolve(result));
    this.worker.on('error', (error) => this.end(messageOf(error)));
    this.worker.on('messageerror', (error) => this.end(messageOf(error)));
    this.worker.on('exit', (code) => this.end(`exit code ${code}`));
    this.worker.unref(); // after the listeners, for these take it back
  }

  /** Gives it a chunk; await what comes by `result`. */
  send(chunk: Chunk<R>): Promise<ChunkResult<E>> {
    const result = new Promise<ChunkResult<E>>((resolve, reject) => {
      this.tasks.push({ chunk, resolve, reject });
      if (this.ended !== undefined) return this.end(this.ended);
      try {
        this.worker.postMessage(chunk);
      } catch (error) {
        this.tasks.pop();
        reject(
          new TypeError(`rows ${spanOf(chunk)} must be plain data for workers, but ${messageOf(error)}`),
        );
      }
    });
    result.catch(() => undefined);
    return result;
  }

  /** Waits for a result of `send`. */
  async result(sent: Promise<ChunkResult<E>>): Promise<ChunkResult<E>> {
    this.worker.ref();
    try {
      return await sent;
    } finally {
      this.worker.unref();
    }
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  private end(reason: string): void {
    this.ended ??= reason;
    const { tasks } = this;
    this.tasks = [];
    for (const { chunk, reject } of tasks) {
      reject(
        new Error(`a worker must live until all is done, but ended at rows ${spanOf(chunk)}: ${this.ended}`),
      );
    }
  }
}

function spanOf({ start, rows }: Chunk<unknown>): string {
  return `${start} to ${start + rows.length - 1}`;
}
