import { spawn } from 'node:child_process';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Gold } from './gold.js';
import type { FineTuning, Place, Side } from './options.js';
import type { FineTuned } from './score.js';

const contender = fileURLToPath(new URL('fine_tuning_contender.js', import.meta.url));
const peer = fileURLToPath(new URL('../../peers/finetune.py', import.meta.url));

/** What a side tells of a training, and how long its process took from start to end. */
export interface FinishedSide extends FineTuned {
  readonly seconds: number;
}

/** A training whose data are prepared. */
export class PreparedRun {
  private constructor(
    private readonly options: FineTuning,
    private readonly place: Place,
    private readonly directory: string,
    readonly gold: Gold,
    readonly facts: readonly string[],
  ) {}

  /** Prepares a training in a directory of its own, unless it was before. */
  static async open(options: FineTuning, place: Place, out: string): Promise<PreparedRun> {
    const directory = join(out, `seed-${place.seed}`, `fold-${place.fold}`);
    await mkdir(directory, { recursive: true });
    if (!(await exists(join(directory, 'plan.json')))) {
      await run(process.execPath, [contender, 'prepare', JSON.stringify({ options, place }), directory]);
    }
    const { gold, facts } = await readJson<{ gold: Gold; facts: string[] }>(join(directory, 'gold.json'));
    return new PreparedRun(options, place, directory, gold, facts);
  }

  /** Trains one side, unless its result is there. */
  async train(side: Side, python: string): Promise<FinishedSide> {
    const { directory, options, place } = this;
    const path = join(directory, `${side}.json`);
    if (await exists(path)) return readJson(path);
    const unfinished = `${path}.unfinished`;
    const begin = performance.now();
    if (side === 'chui') {
      const given = JSON.stringify({ options, place });
      await run(process.execPath, [contender, 'train', given, directory, unfinished]);
    } else {
      await run(python, [peer, join(directory, 'plan.json'), '--out', unfinished]);
    }
    const seconds = (performance.now() - begin) / 1000;
    const result = { ...(await readJson<FineTuned>(unfinished)), seconds };
    await writeFile(unfinished, JSON.stringify(result));
    await rename(unfinished, path);
    return result;
  }
}

/** A program that failed, and said why itself. */
export class FailedProgram extends Error {}

/** Runs a program, whose messages are shown. */
function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else if (signal === null) reject(new FailedProgram(`${command} ended with ${code}`));
      else reject(new Error(`${command} must end by itself, but was ended by ${signal}`));
    });
  });
}

export const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8'));

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
