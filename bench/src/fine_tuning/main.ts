#!/usr/bin/env node
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { describeMachine, machine } from '../machine.js';
import { number } from '../option_values.js';
import { FailedProgram } from '../run_program.js';
import { keepOptions } from '../same_options.js';
import { SIDES, type Side, sideList } from '../sides.js';
import { type Column, type FineTuning, type Place, TASKS } from './options.js';
import { markdown } from './report.js';
import { resultsOf, saidOfExamples, type Training } from './results.js';
import { type FinishedSide, PreparedRun } from './run_side.js';

const help = `
Files of text-classification are .tsv, .csv or other tables, or .json and .jsonl with an object a line; of token-classification
columns, as of CoNLL, or .json and .json.gz, lists of { text, entities: [{ name, span: [start, end], type }] }, tagged by character;
of question-answering .json, as of SQuAD; of multiple-choice objects of question, choice0, choice1 … and label.

--out gets results.json, results.md and predictions.jsonl. The same command goes on where it was stopped: a seed, part and side
that is finished there is not done again. More --seeds, another --fold or other --sides may be added; with other options, data
or weights it is an error.`;

interface Options extends FineTuning {
  readonly seeds: number;
  readonly fold?: number;
  readonly sides: readonly Side[];
  readonly python: string;
  readonly out: string;
}

async function compare({ seeds, fold, sides, python, out: given, ...rest }: Options): Promise<void> {
  const { model, train, eval: tested, folds } = rest;
  if ((tested === undefined) === (folds === undefined)) {
    throw new RangeError(
      `one of eval and folds must be given, but ${tested === undefined ? 'none is' : 'both are'}`,
    );
  }
  const options: FineTuning = {
    ...{ ...rest, model: resolve(model), train: resolve(train) },
    ...(tested !== undefined && { eval: resolve(tested) }),
  };
  const out = resolve(given);
  await mkdir(out, { recursive: true });
  await keepOptions(out, options, filesOf(options));
  const about = describeMachine(machine());
  console.log(`${about}, ${options.threads} threads\n`);

  const trainings: Training[] = [];
  const facts: string[] = [];
  for (const place of placesOf(seeds, folds, fold)) {
    const prepared = await PreparedRun.open(options, place, out);
    if (place.seed === 1) facts.push(...prepared.facts.filter((fact) => !facts.includes(fact)));
    if (trainings.length === 0) console.log(`${facts.join('\n')}\n`);
    const done: Partial<Record<Side, FinishedSide>> = {};
    for (const side of sides) done[side] = await prepared.train(side, python);
    const training = { place, gold: prepared.gold, sides: done };
    trainings.push(training);
    console.log(lineOf(training, sides));
  }
  const results = resultsOf(trainings, sides);
  const table = markdown(results, options.fromScratch);
  console.log(`\n${table}`);
  const said = saidOfExamples(trainings).map((each) => `${JSON.stringify(each)}\n`);
  await writeFile(join(out, 'predictions.jsonl'), said.join(''));
  await writeFile(join(out, 'results.md'), table);
  const all = { options, machine: about, facts, ...results };
  await writeFile(join(out, 'results.json'), `${JSON.stringify(all, null, 1)}\n`);
}

/** The data, and what is used of the model. */
function filesOf({ model, train, eval: tested, fromScratch }: FineTuning): string[] {
  const ofModel = ['config.json', 'tokenizer.json', 'vocab.txt'];
  const weights = fromScratch ? [] : ['model.safetensors'];
  const data = tested === undefined ? [train] : [train, tested];
  return [...data, ...[...ofModel, ...weights].map((name) => join(model, name))];
}

function placesOf(seeds: number, folds: number | undefined, fold: number | undefined): Place[] {
  const parts = fold !== undefined ? [fold] : Array.from({ length: folds ?? 1 }, (_, index) => index + 1);
  return Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) =>
    parts.map((part) => ({ seed, fold: part })),
  );
}

function lineOf(training: Training, sides: readonly Side[]): string {
  const { place } = training;
  const { sides: results } = resultsOf([training], sides);
  const each = sides.map((side) => {
    const { scores, trainSeconds, seeds } = results[side]!;
    const [[name, score]] = Object.entries(scores) as [[string, number]];
    const loss = seeds[0]!.lastLoss.toFixed(3);
    return `${side} ${name} ${score.toFixed(4)} in ${trainSeconds.toFixed(1)} s (last loss ${loss})`;
  });
  return `seed ${place.seed}, fold ${place.fold}: ${each.join('; ')}`;
}

const column = (text: string): Column => (/^\d+$/.test(text) ? Number(text) : text);
const list = (text: string): string[] => text.split(',');

try {
  await new Command('fine-tuning')
    .description(
      'fine-tunes with chui and with PyTorch and transformers: the same data, order, schedule and first weights',
    )
    .addOption(new Option('--task <name>').choices(TASKS).makeOptionMandatory())
    .requiredOption('--model <directory>', "of config.json, model.safetensors and the tokenizer's files")
    .option('--from-scratch', 'draw all weights by seed; only sizes and tokens of the model are used', false)
    .requiredOption('--train <file>', 'what to train on: see below')
    .option('--eval <file>', 'the same, to test on')
    .option('--folds <n>', 'without --eval: deal the file into parts, each tested on once', number)
    .option('--fold <n>', 'test on this part only, from 1', number)
    .option('--split-seed <n>', 'by which parts are dealt', number, 1)
    .option('--group-column <name>', 'rows with the same value here come into the same part')
    .option('--text-column <name>', 'or its place, from 0, in a table without names', column)
    .option('--text-pair-column <name>', 'of second texts', column)
    .option('--label-column <name>', 'of classes, or of the right choice', column)
    .option('--labels <names>', 'the classes, in order (default: those of --train, sorted)', list)
    .option('--unquote', 'take texts out of the quotes of CSV around them', false)
    .option(
      '--skip-broken',
      'leave out rows that cannot be read or have another label, and count them',
      false,
    )
    .option('--word-column <n>', 'of words, from 0', number, 0)
    .option('--tag-column <n>', 'of tags, from 0, or below 0 from the end', number, -1)
    .option('--limit <n>', 'examples, or questions, for training', number)
    .option('--eval-limit <n>', 'examples, or questions, to test on', number)
    .option('--epochs <n>', '', number, 3)
    .option('--batch-size <n>', '', number, 16)
    .option('--learning-rate <rate>', '', number, 5e-5)
    .option('--max-length <n>', 'longest text in tokens', number, 128)
    .option('--seeds <n>', 'how many trainings, of seeds 1, 2, …', number, 3)
    .option('--threads <n>', '', number, 2)
    .option('--sides <names>', 'who trains, of chui and pytorch', sideList, [...SIDES])
    .option('--python <path>', 'one that has torch, transformers and safetensors', 'python3')
    .requiredOption(
      '--out <directory>',
      'where plans, weights and results go; what is there is not done again',
    )
    .addHelpText('after', help)
    .action(compare)
    .parseAsync();
} catch (error) {
  if (!(error instanceof FailedProgram)) console.error((error as Error).message);
  process.exitCode = 1;
}
