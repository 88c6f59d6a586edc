#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { attentionCatalogue } from '@chui/layers';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { sweep, sweepReport } from './attention.js';
import { type BenchOptions, type BenchResult, bench } from './bench.js';
import { describeMachine, machine } from './machine.js';
import { report } from './report.js';
import { type Work, works } from './works.js';

const list = Object.entries(works).map(([name, { description }]) => `  ${name.padEnd(26)}${description}`);
/** Not a work beside peers, but all attentions over lengths; names of attentions may follow. */
const sweepName = 'attentions';
const listing = [
  'Works:',
  ...list,
  `  ${'all'.padEnd(26)}one after the other`,
  `  ${sweepName.padEnd(26)}every attention, forward and backward, over lengths; or those that are named after it`,
].join('\n');

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError(`It must be an integer from 1, but is ${text}.`);
  }
  return value;
}

function chosen(names: readonly string[]): [name: string, work: Work][] {
  return Object.entries(works).filter(([name]) => names.includes(name) || names.includes('all'));
}

/** On a terminal, shows what is being done in a line that the next replaces. */
function say(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${message}`);
}

function sizesOf({ task }: Work): string {
  const sizes = Object.entries(task.sizes).map(([name, size]) => `${name} ${size.toLocaleString('en-US')}`);
  return [task.precision, ...sizes].join(', ');
}

async function run(names: string[], { json, ...options }: BenchOptions & { json?: string }): Promise<void> {
  if (names.length === 0) {
    console.log(listing);
    return;
  }
  if (names.includes(sweepName)) {
    console.log(`${describeMachine(machine())}, ${options.threads} threads\n`);
    const only = names.filter((name) => name !== sweepName);
    const attentions = await sweep({ threads: options.threads, only }, say);
    say('');
    for (const line of sweepReport(attentions)) console.log(line);
    if (json !== undefined) await writeJson(json, { attentions });
    return;
  }
  const { rounds, steps, threads } = options;
  console.log(describeMachine(machine()));
  const results: Record<string, Work & BenchResult> = {};
  for (const [name, work] of chosen(names)) {
    console.log(`\n${name}: ${work.description}; ${sizesOf(work)}`);
    console.log(`${rounds} × ${steps} steps, ${threads} threads each\n`);
    const result = await bench(work, options, say);
    say('');
    for (const line of report(result)) console.log(line);
    results[name] = { ...work, ...result };
    if (result.failed.length > 0) process.exitCode = 1;
  }
  if (json === undefined) return;
  await writeJson(json, { options, works: results });
}

async function writeJson(file: string, found: object): Promise<void> {
  const all = { date: new Date().toISOString(), machine: machine(), ...found };
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
}

await new Command('bench')
  .description('Times chui beside its peers, in turn, and prints how many times as fast it is.')
  .usage('[NAME...] [options]')
  .addArgument(
    new Argument('[names...]', 'without one they are listed').choices([
      ...Object.keys(works),
      'all',
      sweepName,
      ...attentionCatalogue.map(({ name }) => name),
    ]),
  )
  .option('--rounds <n>', 'rounds, in each of which every contender has its turn', positiveInteger, 7)
  .option('--steps <n>', 'steps of a turn', positiveInteger, 5)
  .option('--threads <n>', 'threads of each contender', positiveInteger, 2)
  .option('--xla', 'compile with XLA in chui', false)
  .option(
    '--python <path>',
    'the Python that has PyTorch (CHUI_PYTHON)',
    process.env.CHUI_PYTHON ?? 'python3',
  )
  .option('--json <file>', 'write everything that was measured to a file')
  .addHelpText('after', `\n${listing}\n\nRun it with pnpm bench NAME, or npm run bench -- NAME.`)
  .action(run)
  .parseAsync();
