import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exists, readJson, resultOf, runProgram } from '../run_program.js';
import type { Side } from '../sides.js';
import type { Gold } from './gold.js';
import type { FineTuning, Place } from './options.js';
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
      await runProgram(process.execPath, [
        contender,
        'prepare',
        JSON.stringify({ options, place }),
        directory,
      ]);
    }
    const { gold, facts } = await readJson<{ gold: Gold; facts: string[] }>(join(directory, 'gold.json'));
    return new PreparedRun(options, place, directory, gold, facts);
  }

  /** Trains one side, unless its result is there. */
  async train(side: Side, python: string): Promise<FinishedSide> {
    const { directory, options, place } = this;
    return resultOf<FineTuned>(join(directory, `${side}.json`), (out) => {
      if (side === 'pytorch') return runProgram(python, [peer, join(directory, 'plan.json'), '--out', out]);
      const given = JSON.stringify({ options, place });
      return runProgram(process.execPath, [contender, 'train', given, directory, out]);
    });
  }
}
