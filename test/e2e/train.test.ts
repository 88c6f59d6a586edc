import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TranslationPipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUI, type Outcome, runChui } from '../support/run_chui.js';

const RECIPES = fileURLToPath(new URL('../../packages/cli/recipes', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-train-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the command line in the test's folder. */
const chui = (...args: string[]) => runChui(folder, 'train', ...args);

/** Runs it, and sends a signal as soon as a step is reported. */
async function chuiStopped(...args: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [CHUI, 'train', ...args], { cwd: folder });
  const [outcome] = await Promise.all([ended(child), interruptOnceTraining(child)]);
  return outcome;
}

async function interruptOnceTraining(child: ChildProcess): Promise<void> {
  let seen = '';
  for await (const chunk of child.stderr!) {
    seen += chunk;
    if (/loss/.test(seen)) return void child.kill('SIGINT');
  }
}

function ended(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve) => {
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr!.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}

const json = async (...path: string[]) => JSON.parse(await readFile(join(folder, ...path), 'utf8'));

/** An example recipe, made smaller. */
async function writeRecipe(
  name: string,
  example: 'dates' | 'pairs',
  change: Record<string, object>,
): Promise<void> {
  const recipe = JSON.parse(await readFile(join(RECIPES, `${example}.json`), 'utf8'));
  const changed = Object.entries(change).map(([key, value]) => [key, { ...recipe[key], ...value }]);
  await writeFile(join(folder, name), JSON.stringify({ ...recipe, ...Object.fromEntries(changed) }));
}

/** All that must be the same when a run is repeated: losses, scores, and the model's bytes. */
async function outcomeOf(out: string) {
  const lines = (await readFile(join(folder, out, 'log.jsonl'), 'utf8')).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line));
  const { scores, evaluations, steps, loss } = await json(out, 'result.json');
  return {
    losses: events.filter(({ event }) => event === 'step').map(({ step, loss }) => [step, loss]),
    evaluations: evaluations.map(({ step, loss }: { step: number; loss: number }) => [step, loss]),
    steps,
    loss,
    scores,
    model: await readFile(join(folder, out, 'model', 'model.safetensors')),
  };
}

const dates = { data: { dates: { train: 300, dev: 30, test: 40 } }, model: { width: 16 } };

describe('chui train', () => {
  it('writes all of a run, and its recipe gives the same to the last digit', {
    timeout: 240_000,
  }, async () => {
    await mkdir(join(folder, 'mine'));
    await writeFile(join(folder, 'mine', 'numbers.tsv'), await readFile(join(RECIPES, 'numbers.tsv')));
    await writeRecipe('mine/numbers.json', 'pairs', {
      model: { width: 32, dropout: 0.1 },
      training: { epochs: 4, evalEpochs: 2, ema: 0.9 },
    });
    const first = await chui('mine/numbers.json');
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/^numbers: step \d+ of \d+, loss/m);
    expect(first.stdout).toMatch(
      /^out\/numbers is finished\n +exactMatch .*\ndev .*\ntest .*\nout\/numbers\/report\.html has its curves\n$/,
    );
    expect((await readdir(join(folder, 'out/numbers'))).sort()).toEqual([
      'checkpoints',
      'log.jsonl',
      'model',
      'recipe.json',
      'report.html',
      'result.json',
      'tensorboard',
    ]);
    const recipe = await json('out/numbers/recipe.json');
    expect(recipe).toMatchObject({
      data: { path: '../../mine/numbers.tsv', seed: 1 },
      tokens: { source: 'word', target: 'character', minFrequency: 1 },
      model: { kind: 'transformer', width: 32, heads: 1, layers: 2 },
      training: { epochs: 4, batchSize: 32, optimizer: 'adamW', beta1: 0.9 },
      checkpoints: { keep: 1 },
      beams: 1,
      out: '.',
    });
    expect(recipe.backend).toMatch(/^(native|wasm)$/);
    const result = await json('out/numbers/result.json');
    expect(result).toMatchObject({
      task: 'translation',
      stopped: 'completed',
      examples: { train: 801, dev: 99, test: 99 },
      versions: { node: process.version, chui: recipe.chui },
      scores: { dev: { exactMatch: expect.any(Number) }, test: { bleuCharacters: expect.any(Number) } },
    });
    expect(result.evaluations).toHaveLength(2);

    const again = await chui('out/numbers/recipe.json', '--out', 'again');
    expect(again.code, again.stderr).toBe(0);
    expect(await outcomeOf('again')).toEqual(await outcomeOf('out/numbers'));
    // Once more from there, though both were moved.
    await mkdir(join(folder, 'moved'));
    for (const name of ['mine', 'again']) await rename(join(folder, name), join(folder, 'moved', name));
    const before = await chui('moved/again/recipe.json');
    expect(before.code, before.stderr).toBe(0);
    expect(before.stdout).toMatch(/^moved\/again was finished before; it is left as it is/);

    await useBackend('cpu');
    const pipeline = await TranslationPipeline.fromPretrained(join(folder, 'out/numbers/model'));
    expect((await pipeline.translate(['twenty two']))[0]!.text).toMatch(/^\d+$/);
    pipeline.model.dispose();
  });

  it('stops at Ctrl-C, and the same command goes on to the same end', { timeout: 240_000 }, async () => {
    const training = { maxSteps: 400, evalSteps: 100, logSteps: 1 };
    await writeRecipe('dates.json', 'dates', { ...dates, training });
    const straight = await chui('dates.json', '--out', 'straight');
    expect(straight.code, straight.stderr).toBe(0);
    const stopped = await chuiStopped('dates.json', '--out', 'stopped');
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stdout).toBe('stopped was stopped: the same command goes on\n');
    expect(await readdir(join(folder, 'stopped'))).not.toContain('result.json');

    await writeRecipe('other.json', 'dates', { ...dates, training: { ...training, learningRate: 0.1 } });
    const other = await chui('other.json', '--out', 'stopped');
    expect(other.code).toBe(1);
    expect(other.stderr).toBe(
      'chui: stopped was begun with another recipe, whose training.learningRate is 0.005, not 0.1; ' +
        'give another --out, or remove it\n',
    );

    const ended = await chui('dates.json', '--out', 'stopped');
    expect(ended.code, ended.stderr).toBe(0);
    expect(await outcomeOf('stopped')).toEqual(await outcomeOf('straight'));
    const log = await readFile(join(folder, 'stopped', 'log.jsonl'), 'utf8');
    expect(log).toMatch(/"event":"start".*"resumedStep":[1-9]/);
  });

  it('shows an example, and the schema of recipes', async () => {
    const help = await chui('--help');
    expect(help.stdout).toContain('--backend');
    const [shown] = /^ {2}\{$.*?^ {2}\}$/ms.exec(help.stdout)!;
    await writeFile(join(folder, 'shown.json'), shown);
    expect(JSON.parse(shown)).toMatchObject({ task: 'translation', data: { dates: { train: 2000 } } });
    const { stdout } = await chui('--schema');
    expect(JSON.parse(stdout).oneOf).toHaveLength(9);
    expect(stdout).toContain('Longest text in tokens');
  });
});

describe('bad input', () => {
  it('is told, and nothing is written', async () => {
    await writeFile(join(folder, 'empty.tsv'), '');
    await writeRecipe('empty.json', 'pairs', { data: { path: 'empty.tsv' } });
    await writeRecipe('none.json', 'pairs', { data: { path: 'none.tsv' } });
    await writeRecipe('many.json', 'dates', { data: { dates: { train: 10, dev: 10_000_000 } } });
    await writeRecipe('small.json', 'dates', dates);
    await writeRecipe('frozen.json', 'dates', { ...dates, training: { freeze: ['decodr'] } });
    await writeFile(join(folder, 'recipe.json'), await readFile(join(folder, 'small.json')));
    const names = (await readdir(folder)).sort();
    for (const [args, message] of [
      [['nowhere.json'], 'nowhere.json must be a file with a recipe, but does not exist'],
      [[], 'train must have a recipe: see chui train --help'],
      [['empty.json'], 'empty.json: data.path: empty.tsv must have a line, but is empty'],
      [['none.json'], 'none.json: data.path: none.tsv must exist, but does not'],
      [
        ['many.json'],
        /^many\.json: data\.dates: count must be an integer from 1 to \d+, the pairs of dev, but is 1/,
      ],
      [
        ['small.json', '--out', 'empty.tsv'],
        /^empty\.tsv must be a directory that can be written, but ENOTDIR/,
      ],
      [
        ['small.json', '--out', 'empty.tsv/x'],
        /^empty\.tsv\/x must be a directory that can be written, but ENOTDIR/,
      ],
      [
        ['small.json', '--out', '.'],
        '. must be a directory of a run, or have no recipe.json; give another --out',
      ],
    ] as const) {
      const { code, stderr } = await chui(...args);
      expect(code).toBe(1);
      const [line, ...more] = stderr.trim().split('\n');
      expect(more, stderr).toEqual([]);
      if (typeof message === 'string') expect(line).toBe(`chui: ${message}`);
      else expect(line!.replace(/^chui: /, '')).toMatch(message);
      expect((await readdir(folder)).sort()).toEqual(names);
    }
  });

  it('that only the model shows is told with its key, and does not stand in the way of a better recipe', async () => {
    const { code, stderr } = await chui('frozen.json', '--out', 'frozen');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^chui: frozen\.json: training\.freeze must name parameters, but decodr is none of .*\n$/,
    );
    await writeRecipe('frozen.json', 'dates', { ...dates, training: { freeze: ['decoder'], maxSteps: 2 } });
    const better = await chui('frozen.json', '--out', 'frozen');
    expect(better.code, better.stderr).toBe(0);
    const log = await readFile(join(folder, 'frozen', 'log.jsonl'), 'utf8');
    expect(log.match(/"event":"start"/g)).toHaveLength(1);
  });
});
