#!/usr/bin/env node
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describeMachine, machine } from '../machine.js';
import { number } from '../option_values.js';
import { exists, FailedProgram, resultOf, runProgram } from '../run_program.js';
import { keepOptions } from '../same_options.js';
import { SIDES, type Side, sideList } from '../sides.js';
import type { LanguageModelTraining, TrainedLanguageModel } from './options.js';
import { lineOf, markdown, type SeedOutcome } from './report.js';

const contender = fileURLToPath(new URL('language_model_contender.js', import.meta.url));
const peer = fileURLToPath(new URL('../../peers/language_model.py', import.meta.url));

interface Options extends LanguageModelTraining {
  readonly seeds: number;
  readonly sides: readonly Side[];
  readonly python: string;
  readonly out: string;
}

async function compare({ seeds, sides, python, out: given, ...rest }: Options): Promise<void> {
  const options: LanguageModelTraining = { ...rest, text: resolve(rest.text) };
  const out = resolve(given);
  await mkdir(out, { recursive: true });
  await keepOptions(out, options, [options.text]);
  const about = describeMachine(machine());
  console.log(`${about}, ${options.threads} threads\n`);
  const outcomes: SeedOutcome[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    outcomes.push(await trainBoth({ seed, sides, python, options, directory: join(out, `seed-${seed}`) }));
    console.log(lineOf(outcomes.at(-1)!));
  }
  const table = markdown(outcomes);
  console.log(`\n${table}`);
  await writeFile(join(out, 'results.md'), table);
  await writeFile(
    join(out, 'results.json'),
    `${JSON.stringify({ options, machine: about, outcomes }, null, 1)}\n`,
  );
}

interface SeedRun extends Pick<Options, 'sides' | 'python'> {
  readonly seed: number;
  readonly options: LanguageModelTraining;
  readonly directory: string;
}

async function trainBoth({ seed, sides, python, options, directory }: SeedRun): Promise<SeedOutcome> {
  const text = JSON.stringify({ options, seed });
  const plan = join(directory, 'plan.json');
  if (!(await exists(plan))) await runProgram(process.execPath, [contender, 'prepare', text, directory]);
  const start: Record<Side, (out: string) => Promise<void>> = {
    chui: (out) => runProgram(process.execPath, [contender, 'train', text, out]),
    pytorch: (out) => runProgram(python, [peer, plan, '--out', out]),
  };
  const done: Record<string, SeedOutcome['sides'][Side]> = {};
  for (const side of sides)
    done[side] = await resultOf<TrainedLanguageModel>(join(directory, `${side}.json`), start[side]);
  return { seed, sides: done };
}

try {
  await new Command('language-models')
    .description(
      'trains a language model of characters with chui and with PyTorch: the same ids, windows, schedule and first weights',
    )
    .requiredOption('--text <file>', 'nine tenths of it are learned, the rest is scored')
    .option('--layers <n>', '', number, 4)
    .option('--heads <n>', '', number, 4)
    .option('--width <n>', '', number, 128)
    .option('--context <n>', 'characters of a window', number, 64)
    .option('--batch-size <n>', 'windows of an update', number, 12)
    .option('--steps <n>', 'updates', number, 2000)
    .option('--warmup-steps <n>', '', number, 100)
    .option('--learning-rate <rate>', 'the highest one', number, 1e-3)
    .option('--min-learning-rate <rate>', 'the last one', number, 1e-4)
    .option('--beta2 <decay>', 'of AdamW', number, 0.99)
    .option('--weight-decay <rate>', 'of matrices', number, 0.1)
    .option('--seeds <n>', 'how many trainings, of seeds 1, 2, …', number, 3)
    .option('--threads <n>', '', number, 2)
    .option('--sides <names>', 'who trains, of chui and pytorch', sideList, [...SIDES])
    .option('--python <path>', 'one that has torch and safetensors', process.env.CHUI_PYTHON ?? 'python3')
    .requiredOption(
      '--out <directory>',
      'where plans, weights and results go; what is there is not done again',
    )
    .action(compare)
    .parseAsync();
} catch (error) {
  if (!(error instanceof FailedProgram)) console.error((error as Error).message);
  process.exitCode = 1;
}
