#!/usr/bin/env node
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer, trainBpe } from '@chui/tokenizer';
import { Command } from 'commander';
import { describeMachine, machine } from '../machine.js';
import { number, someOf } from '../option_values.js';
import { exists, FailedProgram, readJson, runProgram } from '../run_program.js';
import { keepOptions } from '../same_options.js';
import { kinds } from './kinds.js';
import { markdown, type Outcome, picture, type Run } from './report.js';
import { type LogEvent, updateSeconds } from './update_seconds.js';

const chui = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

/** Points of a curve. */
const EVALUATIONS = 8;

interface Options {
  readonly train: string;
  readonly eval: string;
  readonly test: string;
  readonly kinds: readonly string[];
  readonly vocabSize: number;
  readonly context: number;
  readonly batchSize: number;
  readonly dropout: number;
  readonly rates: readonly number[];
  readonly tuningSeconds: number;
  readonly seconds: number;
  readonly seed: number;
  readonly threads: number;
  readonly out: string;
}

async function compare({ out: given, kinds: names, ...rest }: Options): Promise<void> {
  const options = {
    ...rest,
    ...{ train: resolve(rest.train), eval: resolve(rest.eval), test: resolve(rest.test) },
  };
  const out = resolve(given);
  await mkdir(out, { recursive: true });
  await keepOptions(out, options, [options.train, options.eval, options.test]);
  const about = describeMachine(machine());
  console.log(`${about}, ${options.threads} threads\n`);
  const vocabulary = await vocabularyOf(options, out);
  const outcomes: Outcome[] = [];
  for (const name of names) {
    const setting = { ...options, name, vocabulary };
    const update = await secondsOfUpdate(setting, join(out, name, 'speed'));
    const run = (rate: number, seconds: number, evaluations: number, folder: string) =>
      trained(
        { ...setting, rate, steps: Math.round(seconds / update), out: join(out, name, folder) },
        evaluations,
      );
    const tried: Run[] = [];
    for (const rate of options.rates) tried.push(await run(rate, options.tuningSeconds, 1, `rate-${rate}`));
    const best = tried.reduce((a, b) => (b.evalPerplexity < a.evalPerplexity ? b : a));
    const final = await run(best.rate, options.seconds, EVALUATIONS, 'final');
    outcomes.push({ name: kinds[name]!.name, tried, final });
    console.log(markdown(outcomes.slice(-1)));
  }
  const table = markdown(outcomes);
  console.log(table);
  await writeFile(join(out, 'results.md'), table);
  await writeFile(join(out, 'curves.svg'), picture(outcomes));
  await writeFile(
    join(out, 'results.json'),
    `${JSON.stringify({ options, machine: about, outcomes }, null, 1)}\n`,
  );
}

/** A vocabulary of bytes, made of the texts that are learned. */
async function vocabularyOf(
  { train, vocabSize }: Pick<Options, 'train' | 'vocabSize'>,
  out: string,
): Promise<string> {
  const directory = join(out, 'vocabulary');
  if (await exists(join(directory, 'tokenizer.json'))) return directory;
  const text = await readFile(train, 'utf8');
  const trained = await trainBpe([text], { vocabSize, minFrequency: 2, byteLevel: true });
  const marks = { bos: '<|endoftext|>', eos: '<|endoftext|>' };
  await Tokenizer.fromJSON(trained.toJSON(), marks).save(directory);
  return directory;
}

interface Setting extends Omit<Options, 'kinds' | 'out'> {
  readonly name: string;
  readonly vocabulary: string;
}

interface Training extends Setting {
  readonly rate: number;
  readonly steps: number;
  readonly out: string;
}

/** What is read of a training's results.json. */
interface TrainedModel {
  readonly parameters: number;
  readonly peakMemory: number;
  readonly scores: {
    readonly eval: { readonly wordPerplexity: number };
    readonly test?: { readonly wordPerplexity: number };
  };
}

/** Trains a little to see how long an update takes, the first ones aside, which compile. */
async function secondsOfUpdate(setting: Setting, out: string): Promise<number> {
  await start({ ...setting, rate: setting.rates[0]!, steps: 60, out }, []);
  return updateSeconds(await eventsOf(out), 20);
}

/** @param evaluations how often the texts held out are scored on the way; those that judge are, if it is more than once */
async function trained(training: Training, evaluations: number): Promise<Run> {
  const { out, rate, steps, test } = training;
  await start(training, [
    ...['--eval-steps', String(Math.ceil(steps / evaluations))],
    ...(evaluations > 1 ? ['--test', test] : []),
  ]);
  const result = await readJson<TrainedModel>(join(out, 'results.json'));
  const events = await eventsOf(out);
  const seconds = updateSeconds(events);
  return {
    ...{ rate, steps, parameters: result.parameters, peakBytes: result.peakMemory },
    trainSeconds: steps * seconds,
    evalPerplexity: result.scores.eval.wordPerplexity,
    testPerplexity: result.scores.test?.wordPerplexity,
    curve: events.flatMap(({ event, step, metrics }) =>
      event === 'evaluate' ? [[step! * seconds, metrics!.wordPerplexity!] as const] : [],
    ),
  };
}

/** Trains, unless it is done already. */
async function start(training: Training, more: readonly string[]): Promise<void> {
  const { train, eval: evaluated, name, vocabulary, context, batchSize, dropout, out } = training;
  if (await exists(join(out, 'results.json'))) return;
  await runProgram(process.execPath, [
    ...[chui, 'train', 'lm', '--data', train, '--eval', evaluated, '--tokenizer', vocabulary, '--out', out],
    ...kinds[name]!.options,
    ...['--context', String(context), '--batch-size', String(batchSize), '--dropout', String(dropout)],
    ...['--steps', String(training.steps), '--learning-rate', String(training.rate), '--sample-tokens', '0'],
    ...['--seed', String(training.seed), '--threads', String(training.threads), '--backend', 'native'],
    ...more,
  ]);
}

async function eventsOf(out: string): Promise<LogEvent[]> {
  const lines = (await readFile(join(out, 'log.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const numbers = (text: string) => text.split(',').map(number);

try {
  await new Command('word-models')
    .description(
      'trains language models of several kinds by `chui train lm`: equal in size, tokens, rates tried and time',
    )
    .requiredOption('--train <file>', 'what is learned')
    .requiredOption('--eval <file>', 'what chooses the rate and the best moment')
    .requiredOption('--test <file>', 'what judges')
    .option('--kinds <names>', '', someOf(Object.keys(kinds)), Object.keys(kinds))
    .option('--vocab-size <n>', 'tokens of bytes, made of what is learned', number, 8000)
    .option('--context <n>', 'tokens of a window', number, 128)
    .option('--batch-size <n>', 'windows of an update', number, 16)
    .option('--dropout <share>', '', number, 0)
    .option('--rates <numbers>', 'highest learning rates to try', numbers, [1e-3, 2e-3, 4e-3])
    .option('--tuning-seconds <n>', 'of updates, with each rate', number, 120)
    .option('--seconds <n>', 'of updates, with the best rate', number, 900)
    .option('--seed <n>', '', number, 1)
    .option('--threads <n>', '', number, 2)
    .requiredOption('--out <directory>', 'where models and results go; what is there is not done again')
    .action(compare)
    .parseAsync();
} catch (error) {
  if (!(error instanceof FailedProgram)) console.error((error as Error).message);
  process.exitCode = 1;
}
