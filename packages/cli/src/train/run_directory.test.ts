import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunDirectory } from './run_directory.js';
import { recipeSchema } from './tasks.js';

let folder: string;
let run: RunDirectory;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-run-'));
  run = new RunDirectory(join(folder, 'run'));
});
afterEach(() => rm(folder, { recursive: true }));

const recipe = (training: object = {}) => ({
  ...recipeSchema.parse({
    task: 'translation',
    data: { path: 'pairs.tsv', seed: 0 },
    model: { kind: 'rnn' },
    training: { maxSteps: 5, maxGradNorm: 'Infinity', ...training },
  }),
  chui: '0.1.0',
});

const addCheckpoint = () => mkdir(join(run.of('checkpoints'), 'checkpoint-2'), { recursive: true });

describe('the directory of a run', () => {
  it('is new, begun, finished', async () => {
    expect(await run.stateOf(recipe())).toBe('new');
    await run.begin(recipe());
    expect(JSON.parse(await readFile(run.of('recipe'), 'utf8')).training.maxGradNorm).toBe('Infinity');
    expect(await run.stateOf(recipe({ learningRate: 1 }))).toBe('new');
    await addCheckpoint();
    expect(await run.stateOf(recipe())).toBe('begun');
    await run.save('result', { loss: Number.NaN });
    expect(await readFile(run.of('result'), 'utf8')).toBe('{\n  "loss": null\n}\n');
    expect(await run.stateOf(recipe())).toBe('finished');
  });

  it('goes on with other limits of time, or on another machine, and nothing else', async () => {
    await run.begin(recipe());
    await addCheckpoint();
    expect(await run.stateOf(recipe({ maxSeconds: 9, logSteps: 1 }))).toBe('begun');
    expect(await run.stateOf({ ...recipe(), backend: 'cuda', threads: 64 })).toBe('begun');
    await expect(run.stateOf(recipe({ momentum: 0.5 }))).rejects.toThrow(
      `${run.path} was begun with another recipe, whose training.momentum is not set, not 0.5; give another --out, or remove it`,
    );
  });

  it('may be of an older chui, which had fewer arguments', async () => {
    const { nonFinite: _, ...training } = recipe().training;
    await run.begin({ ...recipe(), training });
    await addCheckpoint();
    expect(await run.stateOf(recipe())).toBe('begun');
  });

  it('is no place where something else is', async () => {
    await mkdir(join(run.path, 'other'), { recursive: true });
    expect(await run.stateOf(recipe())).toBe('new');
    await mkdir(run.of('model'));
    await expect(run.stateOf(recipe())).rejects.toThrow(
      `${run.path} must be a directory of a run, or have no model; give another --out`,
    );
    await writeFile(run.of('recipe'), JSON.stringify({ task: 'translation' }));
    await expect(run.stateOf(recipe())).rejects.toThrow(
      'must be a directory of a run, or have no recipe.json',
    );
  });
});
