import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveFiles } from '@chui/hub';
import { CheckpointDirectory } from '@chui/training';
import { type RunFile, type RunLayout, runFiles, runSigns } from './run_layout.js';
import { recipeSchema } from './tasks.js';

/** A full recipe as it is written. */
export type WrittenRecipe = Readonly<Record<string, unknown>>;

/** What may be another when a run goes on, or is found finished; another machine computes as well. */
const FREE = /^(chui|out|backend|threads|\$schema|checkpoints\.keep|training\.(maxSeconds|logSteps))$/;

/** The directory of a run. */
export class RunDirectory {
  constructor(
    readonly path: string,
    private readonly layout: RunLayout = 'run',
  ) {}

  of(name: RunFile): string {
    return join(this.path, runFiles[this.layout][name]);
  }

  checkpoints(keep: number): CheckpointDirectory {
    return new CheckpointDirectory(this.of('checkpoints'), { keep });
  }

  /**
   * How far a recipe's run has come here.
   *
   * @throws Error of one line if the directory has another run, or what is no run.
   */
  async stateOf(recipe: WrittenRecipe): Promise<'new' | 'begun' | 'finished'> {
    const names: string[] = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw new Error(`${this.path} must be a directory that can be written, but ${error.message}`);
    });
    const ours = runSigns[this.layout].find((name) => names.includes(name));
    if (!ours) return 'new';
    const before = await this.recipe();
    if (!before) {
      throw new Error(`${this.path} must be a directory of a run, or have no ${ours}; give another --out`);
    }
    const finished = names.includes(runFiles[this.layout].result);
    if (!finished && (await this.checkpoints(1).steps()).length === 0) return 'new';
    const [difference] = differences(before, recipe);
    if (difference) {
      const state = finished ? 'is finished' : 'was begun';
      throw new Error(
        `${this.path} ${state} with another recipe, whose ${difference}; give another --out, or remove it`,
      );
    }
    return finished ? 'finished' : 'begun';
  }

  /** Removes what a run left that had no checkpoint yet, and writes the recipe. */
  async begin(recipe: WrittenRecipe): Promise<void> {
    const names = ['log', 'report', 'tensorBoard', 'checkpoints'] as const;
    for (const name of this.layout === 'run' ? [...names, 'model' as const] : names) {
      await rm(this.of(name), { recursive: true, force: true });
    }
    await this.save('recipe', recipe);
  }

  async save(name: 'recipe' | 'result', value: object): Promise<void> {
    await saveFiles(this.path, { [runFiles[this.layout][name]]: `${jsonText(value)}\n` });
  }

  /** That of the run, with defaults that an older chui did not know. */
  private async recipe(): Promise<WrittenRecipe | undefined> {
    const recipe = await readFile(this.of('recipe'), 'utf8')
      .then(JSON.parse)
      .catch(() => undefined);
    if (typeof recipe?.chui !== 'string') return undefined;
    return JSON.parse(jsonText(recipeSchema.safeParse(recipe).data ?? recipe));
  }
}

/** `Infinity` stands as a text, other numbers that are not finite as null. */
function jsonText(value: object): string {
  return JSON.stringify(value, (_, each) => (each === Number.POSITIVE_INFINITY ? 'Infinity' : each), 2);
}

/** `training.learningRate is 0.1 there, not 0.2` for each key that is another. */
function differences(before: WrittenRecipe, now: WrittenRecipe): string[] {
  const [there, here] = [before, JSON.parse(jsonText(now))].map((recipe) => new Map(leaves(recipe)));
  return [...new Set([...there!.keys(), ...here!.keys()])]
    .filter((key) => !FREE.test(key) && there!.get(key) !== here!.get(key))
    .map((key) => `${key} is ${there!.get(key) ?? 'not set'}, not ${here!.get(key) ?? 'unset'}`);
}

function leaves(value: object, parents = ''): [path: string, json: string][] {
  return Object.entries(value).flatMap(([key, each]) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? leaves(each, `${parents}${key}.`)
      : [[`${parents}${key}`, JSON.stringify(each)] as [string, string]],
  );
}
