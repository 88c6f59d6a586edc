#!/usr/bin/env node
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { entitiesOf, precisionRecallF1 } from '@chui/training';
import { Command, Option } from 'commander';
import { describeMachine, machine } from '../machine.js';
import { bootstrapDifference, type Counts, scoreOfCounts } from './bootstrap.js';
import type { FineTuned } from './fine_tuning_contender.js';
import type { EncodedExample, FineTuning } from './task_data.js';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const peer = fileURLToPath(new URL('../../peers/finetune.py', import.meta.url));

interface Options extends Omit<FineTuning, 'seed'> {
  readonly seeds: number;
  readonly python: string;
  readonly out: string;
}

/** What one side reached with one seed. */
interface Outcome {
  readonly score: number;
  readonly macroF1?: number;
  readonly seconds: number;
  readonly peakBytes: number;
  readonly lastLoss: number;
}

async function compare(given: Options): Promise<void> {
  const options = {
    ...given,
    model: resolve(given.model),
    train: resolve(given.train),
    eval: resolve(given.eval),
  };
  const { seeds, python, out, ...shared } = options;
  console.log(`${describeMachine(machine())}, ${shared.threads} threads\n`);
  const outcomes: Record<'chui' | 'pytorch', Outcome>[] = [];
  const counted: [chui: Counts[], pytorch: Counts[]][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const directory = resolve(out, `seed-${seed}`);
    await mkdir(directory, { recursive: true });
    const large = { maxBuffer: 2 ** 28 };
    await run(
      process.execPath,
      [join(here, 'fine_tuning_contender.js'), JSON.stringify({ ...shared, seed }), directory],
      large,
    );
    await run(python, [peer, join(directory, 'plan.json'), '--out', join(directory, 'pytorch.json')], large);
    const labels = await readJson<string[]>(join(directory, 'labels.json'));
    const examples = (await readFile(join(directory, 'eval.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as EncodedExample);
    const sides = await Promise.all(
      ['chui', 'pytorch'].map((side) => readJson<FineTuned>(join(directory, `${side}.json`))),
    );
    const scored = sides.map((side) => scoreOf(side, examples, labels));
    counted.push(scored.map(({ counts }) => counts) as [Counts[], Counts[]]);
    const [chui, pytorch] = scored.map(({ outcome }) => outcome) as [Outcome, Outcome];
    outcomes.push({ chui, pytorch });
    console.log(`seed ${seed}: ${line('chui', chui)}; ${line('PyTorch', pytorch)}`);
  }
  const mean = (side: 'chui' | 'pytorch', key: 'score' | 'seconds' | 'peakBytes') =>
    outcomes.reduce((sum, each) => sum + each[side][key], 0) / outcomes.length;
  const [low, high] = bootstrapDifference(counted);
  for (const side of ['chui', 'pytorch'] as const) {
    console.log(
      `${side.padEnd(8)} score ${mean(side, 'score').toFixed(4)}, ${mean(side, 'seconds').toFixed(1)} s, ${(mean(side, 'peakBytes') / 2 ** 30).toFixed(2)} GiB`,
    );
  }
  console.log(`95 % interval of the difference of scores: ${low.toFixed(4)} … ${high.toFixed(4)}`);
  console.log(
    `chui takes ${(mean('chui', 'seconds') / mean('pytorch', 'seconds')).toFixed(2)} × PyTorch's time`,
  );
  await writeFile(
    join(out, 'results.json'),
    `${JSON.stringify({ options, outcomes, interval: [low, high] }, null, 1)}\n`,
  );
}

const line = (name: string, { score, seconds, lastLoss }: Outcome) =>
  `${name} ${score.toFixed(4)} in ${seconds.toFixed(1)} s (last loss ${lastLoss.toFixed(3)})`;

const readJson = async <T>(path: string): Promise<T> => JSON.parse(await readFile(path, 'utf8'));

/** The score of a side, and what it is made of in each example of eval. */
function scoreOf(
  { predictions, losses, trainSeconds, peakBytes }: FineTuned,
  examples: readonly EncodedExample[],
  labels: readonly string[],
): { outcome: Outcome; counts: Counts[] } {
  const rest = { seconds: trainSeconds, peakBytes, lastLoss: losses.at(-1)! };
  if (typeof examples[0]!.labels === 'number') {
    const known = examples.map((example) => example.labels as number);
    const found = predictions as number[];
    const counts = found.map((label, i): Counts => [Number(label === known[i]), 1, 1]);
    const { f1 } = precisionRecallF1(found, known, { average: 'macro' });
    return { outcome: { score: scoreOfCounts(counts), macroF1: f1, ...rest }, counts };
  }
  const counts = examples.map(({ labels: known }, i): Counts => {
    const places = (known as number[]).flatMap((label, place) => (label === -100 ? [] : [place]));
    const [found, there] = [predictions[i] as number[], known as number[]].map(
      (of) =>
        new Set(
          entitiesOf(places.map((place) => labels[of[place]!]!)).map((entity) => JSON.stringify(entity)),
        ),
    ) as [Set<string>, Set<string>];
    return [[...found].filter((entity) => there.has(entity)).length, found.size, there.size];
  });
  return { outcome: { score: scoreOfCounts(counts), ...rest }, counts };
}

const number = (text: string) => Number(text);
await new Command('fine-tuning')
  .description(
    'fine-tunes with chui and with PyTorch and transformers: the same data, order, schedule and first weights',
  )
  .addOption(
    new Option('--task <name>')
      .choices(['text-classification', 'token-classification'])
      .makeOptionMandatory(),
  )
  .requiredOption('--model <directory>', 'of config.json, model.safetensors and tokenizer.json')
  .requiredOption('--train <file>', 'texts and classes parted by a tab, or words and tags in columns')
  .requiredOption('--eval <file>', 'the same')
  .option('--word-column <n>', 'of words, from 0', number, 0)
  .option('--tag-column <n>', 'of tags, from 0, or below 0 from the end', number, -1)
  .option('--limit <n>', 'examples for training', number)
  .option('--epochs <n>', '', number, 3)
  .option('--batch-size <n>', '', number, 16)
  .option('--learning-rate <rate>', '', number, 5e-5)
  .option('--max-length <n>', 'longest text in tokens', number, 128)
  .option('--seeds <n>', 'how many trainings, of seeds 1, 2, …', number, 3)
  .option('--threads <n>', '', number, 2)
  .option('--python <path>', 'one that has torch, transformers and safetensors', 'python3')
  .requiredOption('--out <directory>', 'where plans, weights and results go')
  .action(compare)
  .parseAsync();
