import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeFolder,
  readSafetensors,
  type SavedTensor,
  saveFiles,
  toFloat32,
  writeSafetensors,
} from '@chui/hub';
import { positiveInteger } from '../checks.js';
import { averageTensors } from './average_tensors.js';
import type { Checkpoint, CheckpointStore, CheckpointTensors, Progress } from './checkpoint.js';

export interface CheckpointDirectoryOptions {
  /** How many checkpoints are kept, the newest ones, 1 by default. */
  readonly keep?: number | undefined;
}

const STATE = 'trainer_state.json';

/**
 * Keeps a training's checkpoints in a directory: `checkpoint-500` is that after 500 updates, with model.safetensors and
 * config.json, best.safetensors (the parameters of the best evaluation so far), average.safetensors, optimizer.safetensors
 * and trainer_state.json, as far as there are such. `fromPretrained` of the model's class reads it.
 *
 * A checkpoint is written under a temporary name, flushed to disk and renamed, and only then older ones are removed: a
 * kill, a full disk or a loss of power leaves the one before.
 *
 * @example
 * new Trainer({ ..., checkpoints: new CheckpointDirectory('out/checkpoints', { keep: 3 }) })
 */
export class CheckpointDirectory implements CheckpointStore {
  private readonly keep: number;

  constructor(
    readonly path: string,
    { keep = 1 }: CheckpointDirectoryOptions = {},
  ) {
    this.keep = positiveInteger('keep', keep);
  }

  /** Makes the directory. @throws Error, of one line, if nothing can be written there. */
  async prepare(): Promise<void> {
    const trial = this.temporary();
    try {
      await makeFolder(this.path);
      await mkdir(trial);
      await rmdir(trial);
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`${this.path} must be a directory that can be written, but ${message}`);
    }
  }

  /**
   * The newest checkpoint.
   *
   * @throws Error, of one line, naming the file if one is damaged or missing.
   */
  async load(): Promise<Checkpoint | undefined> {
    const newest = (await this.steps()).at(-1);
    if (newest === undefined) return undefined;
    const directory = this.directoryOf(newest);
    const file = join(directory, STATE);
    const progress = readProgress(await readFile(file, 'utf8').catch(missing(file)), file);
    const read = (name: string) => this.read(newest, name);
    const names = await readdir(directory);
    const optional = async (name: string) =>
      names.includes(`${name}.safetensors`) ? await read(name) : undefined;
    return {
      progress,
      model: await read('model'),
      optimizer: await read('optimizer'),
      best: await optional('best'),
      average: await optional('average'),
    };
  }

  /** @throws Error naming the file and what is wrong, such as a disk that is full; what was saved before stays. */
  async save(checkpoint: Checkpoint): Promise<void> {
    const { progress, config, ...tensors } = checkpoint;
    const target = this.directoryOf(progress.step);
    // The training repeats to the last digit: what was saved at this step before it was resumed is the same.
    if (!(await this.steps()).includes(progress.step)) {
      const temporary = this.temporary();
      try {
        for (const [name, values] of Object.entries(tensors)) {
          if (values) await saveFiles(temporary, { [`${name}.safetensors`]: bytesOf(values) });
        }
        if (config !== undefined) await saveFiles(temporary, { 'config.json': config });
        await saveFiles(temporary, { [STATE]: `${JSON.stringify(progress, null, 1)}\n` });
        await rename(temporary, target);
      } catch (error) {
        await rm(temporary, { recursive: true, force: true });
        const message = error instanceof Error ? error.message.replaceAll(temporary, target) : error;
        throw new Error(`checkpoint after step ${progress.step}: ${message}`);
      }
      await flush(this.path);
    }
    await this.prune();
  }

  /**
   * The mean of the parameters of the newest checkpoints: see `Trainer.averageCheckpoints`.
   *
   * @param count how many, all that are kept by default
   * @throws RangeError if there are not so many.
   * @see averageTensors
   */
  async averageModel(count?: number): Promise<CheckpointTensors> {
    const steps = await this.steps();
    const wanted = positiveInteger('count', count ?? Math.max(steps.length, 1));
    if (wanted > steps.length) {
      throw new RangeError(`${this.path} must have ${wanted} checkpoints, but has ${steps.length}`);
    }
    return averageTensors(await Promise.all(steps.slice(-wanted).map((step) => this.read(step, 'model'))));
  }

  async clear(): Promise<void> {
    for (const step of await this.steps()) await this.remove(step);
    await this.removeLeftovers();
  }

  /** Updates after which there are checkpoints, rising. */
  async steps(): Promise<number[]> {
    const names = await readdir(this.path).catch(none);
    const steps = names.flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? []);
    return steps.map(Number).sort((a, b) => a - b);
  }

  /** Where the checkpoint after an update is. */
  directoryOf(step: number): string {
    return join(this.path, `checkpoint-${step}`);
  }

  private async read(step: number, name: string): Promise<CheckpointTensors> {
    const path = join(this.directoryOf(step), `${name}.safetensors`);
    return tensorsOf(await readFile(path).catch(missing(path)), path);
  }

  private async prune(): Promise<void> {
    for (const step of (await this.steps()).slice(0, -this.keep)) await this.remove(step);
    await this.removeLeftovers();
  }

  /** Renamed first, so that one half removed is no checkpoint. */
  private async remove(step: number): Promise<void> {
    const temporary = this.temporary();
    await rename(this.directoryOf(step), temporary);
    await rm(temporary, { recursive: true, force: true });
  }

  /** What a process that was killed left behind. */
  private async removeLeftovers(): Promise<void> {
    for (const name of await readdir(this.path).catch(none)) {
      if (/^\.checkpoint-.*\.tmp$/.test(name))
        await rm(join(this.path, name), { recursive: true, force: true });
    }
  }

  private temporary(): string {
    return join(this.path, `.checkpoint-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  }
}

function bytesOf(tensors: CheckpointTensors): Uint8Array {
  const saved = [...tensors].map(([name, { shape, values }]): [string, SavedTensor] => [
    name,
    {
      dtype: values instanceof Int32Array ? 'I32' : 'F32',
      shape: [...shape],
      data: values as Float32Array<ArrayBuffer>,
    },
  ]);
  return writeSafetensors(saved, { format: 'tf' });
}

function tensorsOf(bytes: Uint8Array, path: string): CheckpointTensors {
  const { tensors } = readSafetensors(bytes, path);
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const values = tensor.data instanceof Int32Array ? tensor.data : toFloat32(tensor);
      return [name, { shape: tensor.shape, values }];
    }),
  );
}

function readProgress(text: string, file: string): Progress {
  try {
    const progress: unknown = JSON.parse(text);
    if (typeof progress !== 'object' || progress === null) throw new Error('is no object');
    return progress as Progress;
  } catch (error) {
    throw new Error(`${file} must be JSON, but ${error instanceof Error ? error.message : error}`);
  }
}

const none = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};

const missing = (file: string) => (error: NodeJS.ErrnoException) => {
  throw new Error(`${file} must be there, but cannot be read: ${error.code ?? error.message}`);
};

async function flush(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync().catch(() => {}); // some file systems cannot
  } finally {
    await handle.close();
  }
}
