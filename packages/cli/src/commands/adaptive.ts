import { readFile, writeFile } from 'node:fs/promises';
import { setSeed, useBackend } from '@chui/runtime';
import {
  type AdaptiveRow,
  adaptiveRecipe,
  CharacterText,
  type LookUpRow,
  runAdaptiveRecipe,
} from '@chui/training';
import { Command, InvalidArgumentError } from 'commander';

const titles = {
  mixing: 'Weights that depend on the text, and fixed ones',
  heads: 'Heads that are pruned',
  spans: 'Spans that heads learn',
  layers: 'Layers that are left out',
  exits: 'Stacks that are left early',
} as const;

interface AdaptiveOptions {
  text: string;
  steps: number;
  seed: number;
  out?: string;
  threads?: number;
}

/** `chui adaptive`: trains small character models with attention that adapts, and tells what can be left out of each. */
export function adaptiveCommand(): Command {
  const { steps, seed } = adaptiveRecipe;
  return new Command('adaptive')
    .description(
      'train small models of the characters of a text whose attention adapts, and tell what may be left out',
    )
    .requiredOption('--text <file>', 'a text of at least 10,000 characters')
    .option('--steps <n>', 'updates of each of the eight models', positiveInteger, steps)
    .option('--seed <n>', 'seed of weights and order', Number, seed)
    .option('--threads <n>', 'threads to compute with', positiveInteger)
    .option('--out <file>', 'write the results as JSON')
    .action(run);
}

async function run({ text: path, steps, seed, out, threads }: AdaptiveOptions): Promise<void> {
  const text = new CharacterText(await readFile(path, 'utf8'));
  await useBackend('auto', { threads });
  setSeed(seed);
  const recipe = { ...adaptiveRecipe, steps, seed };
  const results = runAdaptiveRecipe(text, recipe, (what, { step, steps, loss }) => {
    const line = `${what}: step ${step} of ${steps}, loss ${loss.toFixed(3)}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}${step === steps ? '\n' : ''}`);
    else if (step % 100 === 0 && step > 0) process.stderr.write(`${line}\n`);
  });
  for (const [key, title] of Object.entries(titles)) {
    console.log(`\n## ${title}\n\n${table(results[key as keyof typeof titles])}`);
  }
  console.log(`\n## What is looked up in a sequence\n\n${lookUpTable(results.lookUps)}`);
  if (out) await writeFile(out, `${JSON.stringify({ recipe, ...results }, null, 2)}\n`);
}

/** Rows as a table of Markdown. */
function table(rows: readonly AdaptiveRow[]): string {
  const lines = rows.map(
    ({ what, left, parameters, bitsPerCharacter }) =>
      `| ${what} | ${left} | ${parameters.toLocaleString('en-US')} | ${bitsPerCharacter.toFixed(3)} |`,
  );
  return ['| model | left out | parameters | bits a character |', '|---|---|---:|---:|', ...lines].join('\n');
}

function lookUpTable(rows: readonly LookUpRow[]): string {
  const lines = rows.map(
    ({ what, parameters, right }) =>
      `| ${what} | ${parameters.toLocaleString('en-US')} | ${(100 * right).toFixed(1)} % |`,
  );
  return ['| model | parameters | right |', '|---|---:|---:|', ...lines].join('\n');
}

function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('it must be an integer from 1');
  return number;
}
