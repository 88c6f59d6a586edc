#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { attentionCatalogue } from '@chui/layers';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { sweep, sweepReport } from './attention.js';
import { type BenchResult, bench, type Entrant, type Turns } from './bench.js';
import {
  decodingArguments,
  decodingEntrants,
  decodingReport,
  decodingWorks,
  randomGpt2,
} from './decoding.js';
import { positionsReport, timePositions } from './decoding_positions.js';
import { type EntrantOptions, entrantsOf } from './entrants.js';
import { describeMachine, machine } from './machine.js';
import { report } from './report.js';
import { sentenceArguments, sentenceEntrants, sentenceReport, sentenceWorks } from './sentences.js';
import { encodingEntrants, trainingEntrants } from './tokenizer.js';
import { lengthsReport, timeLengths } from './tokenizer_lengths.js';
import { lossesReport, trainerArguments, trainerEntrants } from './trainer.js';
import { encoder, type Work, works } from './works.js';

const list = Object.entries(works).map(([name, { description }]) => `  ${name.padEnd(26)}${description}`);
/** Not a work beside peers, but all attentions over lengths; names of attentions may follow. */
const sweepName = 'attentions';
/** Encoding a text with a tokenizer.json, beside packages of npm. */
const tokenizerName = 'tokenizer';
/** Training a BPE on a text, beside Hugging Face's library in Python. */
const tokenizerTrainName = 'tokenizer-train';
/** Encoding one word over lengths. */
const tokenizerLengthsName = 'tokenizer-lengths';
/** The whole loop of training on labelled texts, beside its updates alone and transformers' Trainer. */
const trainerName = 'trainer';
/** Embedding sentences with all-MiniLM-L6-v2, beside transformers.js and PyTorch. */
const sentencesName = 'minilm';
/** Generating with a model of GPT-2's size, beside PyTorch and transformers.js. */
const decodingName = 'decoding';
const listing = [
  'Works:',
  ...list,
  `  ${'all'.padEnd(26)}one after the other`,
  `  ${sweepName.padEnd(26)}every attention, forward and backward, over lengths; or those that are named after it`,
  `  ${tokenizerName.padEnd(26)}encoding the lines of --text with --tokenizer`,
  `  ${tokenizerTrainName.padEnd(26)}training a BPE of --vocab-size on the lines of --text`,
  `  ${tokenizerLengthsName.padEnd(26)}encoding one word without spaces with --tokenizer, over lengths`,
  `  ${sentencesName.padEnd(26)}embedding sentences with all-MiniLM-L6-v2, which is fetched: many at once, and one`,
  `  ${decodingName.padEnd(26)}generating with a model of GPT-2's size: one text, and eight at once`,
  `  ${trainerName.padEnd(26)}training on the labelled texts of --text with --tokenizer, the whole loop`,
].join('\n');

interface Options extends Turns, EntrantOptions {
  readonly tokenizer?: string;
  readonly text?: readonly string[];
  readonly vocabSize: number;
  readonly json?: string;
}

/** As they come from the command line. */
type GivenOptions = Omit<Options, keyof Turns> & Partial<Turns>;

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

/** Turns unless the caller says otherwise; a step of decoding generates many tokens. */
const usualTurns: Turns = { rounds: 7, steps: 5 };
const decodingTurns: Turns = { rounds: 3, steps: 1, warmUp: 1 };

async function run(names: string[], given: GivenOptions): Promise<void> {
  const options = { ...(names.includes(decodingName) ? decodingTurns : usualTurns), ...given };
  if (names.length === 0) console.log(listing);
  else if (names.includes(sweepName)) await runSweep(names, options);
  else if (names.includes(tokenizerName)) await runEncoding(options);
  else if (names.includes(tokenizerTrainName)) await runTraining(options);
  else if (names.includes(tokenizerLengthsName)) await runLengths(options);
  else if (names.includes(trainerName)) await runTrainer(options);
  else if (names.includes(sentencesName)) await runSentences(options);
  else if (names.includes(decodingName)) await runDecoding(options);
  else await runWorks(names, options);
}

async function runSweep(names: string[], { threads, json }: Options): Promise<void> {
  console.log(`${describeMachine(machine())}, ${threads} threads\n`);
  const only = names.filter((name) => name !== sweepName);
  const attentions = await sweep({ threads, only }, say);
  say('');
  for (const line of sweepReport(attentions)) console.log(line);
  await writeJson(json, { attentions });
}

async function runEncoding({ tokenizer, text: [text] = [], json, ...turns }: Options): Promise<void> {
  if (tokenizer === undefined || text === undefined) {
    throw new Error(`${tokenizerName} needs --tokenizer and --text`);
  }
  console.log(describeMachine(machine()));
  console.log(`\n${tokenizerName}: ${text} line by line with ${tokenizer}`);
  const result = await told(encodingEntrants({ tokenizer, text }), { ...turns, threads: 1 });
  await writeJson(json, { tokenizer: { file: tokenizer, text, ...result } });
}

async function runTraining({ text: [text] = [], vocabSize, python, json, ...turns }: Options): Promise<void> {
  if (text === undefined) throw new Error(`${tokenizerTrainName} needs --text`);
  console.log(describeMachine(machine()));
  console.log(`\n${tokenizerTrainName}: a BPE of ${vocabSize} tokens of ${text}`);
  const result = await told(trainingEntrants({ text, vocabSize }, python), { ...turns, threads: 1 });
  await writeJson(json, { tokenizerTraining: { text, vocabSize, ...result } });
}

async function runTrainer({ tokenizer, text, json, ...options }: Options): Promise<void> {
  if (tokenizer === undefined || text === undefined) {
    throw new Error(`${trainerName} needs --tokenizer and --text`);
  }
  const argument = trainerArguments({ tokenizer, text, ...options }, encoder);
  const { texts, batchSize } = argument.data;
  console.log(describeMachine(machine()));
  console.log(`\n${trainerName}: epochs of ${texts} texts of ${text.join(', ')} in batches of ${batchSize}`);
  const result = await told(trainerEntrants(argument, options.python), options);
  for (const line of lossesReport(result)) console.log(line);
  await writeJson(json, { trainer: { ...argument, ...result } });
}

async function runSentences({ json, python, ...options }: Options): Promise<void> {
  console.log(describeMachine(machine()));
  const works: object[] = [];
  for (const work of sentenceWorks) {
    console.log(`\n${sentencesName}: ${work.description}, float32, from text to numbers`);
    const argument = await sentenceArguments(work, options.threads);
    const result = await told(sentenceEntrants(argument, python), options, sentenceReport);
    works.push({ ...work, ...result });
  }
  await writeJson(json, { options, sentences: works });
}

async function runDecoding({ json, python, ...options }: Options): Promise<void> {
  console.log(describeMachine(machine()));
  const { directory, release } = await randomGpt2();
  const works: object[] = [];
  try {
    for (const work of decodingWorks) {
      const { batch, promptLength, newTokens } = work;
      console.log(
        `\n${decodingName}: ${newTokens} tokens behind ${promptLength}, ${batch} texts at once, float32`,
      );
      const argument = decodingArguments(work, { directory, threads: options.threads });
      works.push({ ...work, ...(await told(decodingEntrants(argument, python), options, decodingReport)) });
    }
    say('chui over positions');
    const positions = await timePositions({ directory, threads: options.threads });
    say('');
    console.log(`\n${decodingName}, a text up to the last position\n\n${positionsReport(positions)}`);
    await writeJson(json, { options, decoding: works, positions });
  } finally {
    await release();
  }
}

async function runLengths({ tokenizer, json }: Options): Promise<void> {
  if (tokenizer === undefined) throw new Error(`${tokenizerLengthsName} needs --tokenizer`);
  console.log(`${describeMachine(machine())}\n`);
  const words = timeLengths(tokenizer, [1_000, 10_000, 100_000, 1_000_000]);
  for (const line of lengthsReport(words)) console.log(line);
  await writeJson(json, { tokenizerLengths: { file: tokenizer, words } });
}

async function runWorks(names: string[], { json, ...options }: Options): Promise<void> {
  console.log(describeMachine(machine()));
  const results: Record<string, Work & BenchResult> = {};
  for (const [name, work] of chosen(names)) {
    console.log(`\n${name}: ${work.description}; ${sizesOf(work)}`);
    results[name] = { ...work, ...(await told(entrantsOf(work, options), options)) };
  }
  await writeJson(json, { options, works: results });
}

/** Benches entrants and prints what came of it. */
async function told(
  entrants: readonly Entrant[],
  options: Turns & { threads: number },
  reportOf: (result: BenchResult) => string[] = report,
): Promise<BenchResult> {
  const { rounds, steps, threads } = options;
  console.log(`${rounds} × ${steps} steps, ${threads} ${threads === 1 ? 'thread' : 'threads'} each\n`);
  const result = await bench(entrants, options, say);
  say('');
  for (const line of reportOf(result)) console.log(line);
  if (result.failed.length > 0) process.exitCode = 1;
  return result;
}

async function writeJson(file: string | undefined, found: object): Promise<void> {
  if (file === undefined) return;
  const all = { date: new Date().toISOString(), machine: machine(), ...found };
  await writeFile(file, `${JSON.stringify(all, null, 2)}\n`);
}

const program = new Command('bench')
  .description('Times chui beside its peers, in turn, and prints how many times as fast it is.')
  .usage('[NAME...] [options]')
  .addArgument(
    new Argument('[names...]', 'without one they are listed').choices([
      ...Object.keys(works),
      'all',
      sweepName,
      tokenizerName,
      tokenizerTrainName,
      tokenizerLengthsName,
      trainerName,
      sentencesName,
      decodingName,
      ...attentionCatalogue.map(({ name }) => name),
    ]),
  )
  .option(
    '--rounds <n>',
    `rounds, in each of which every contender has its turn (default: ${usualTurns.rounds}; ${decodingTurns.rounds} for ${decodingName})`,
    positiveInteger,
  )
  .option(
    '--steps <n>',
    `steps of a turn (default: ${usualTurns.steps}; ${decodingTurns.steps} for ${decodingName})`,
    positiveInteger,
  )
  .option('--threads <n>', 'threads of each contender', positiveInteger, 2)
  .option('--xla', 'compile with XLA in chui', false)
  .option(
    '--python <path>',
    'the Python that has PyTorch (CHUI_PYTHON)',
    process.env.CHUI_PYTHON ?? 'python3',
  )
  .option(
    '--tokenizer <file>',
    `a tokenizer.json, for ${tokenizerName}, ${tokenizerLengthsName} and ${trainerName}`,
  )
  .option(
    '--text <file...>',
    `a text, for ${tokenizerName} and ${tokenizerTrainName}; labelled texts, for ${trainerName}`,
  )
  .option('--vocab-size <n>', `tokens, for ${tokenizerTrainName}`, positiveInteger, 8000)
  .option('--json <file>', 'write everything that was measured to a file')
  .addHelpText('after', `\n${listing}\n\nRun it with pnpm bench NAME, or npm run bench -- NAME.`)
  .action((names: string[], options: GivenOptions) =>
    run(names, options).catch((error: Error) => program.error(`error: ${error.message}`)),
  );
await program.parseAsync();
