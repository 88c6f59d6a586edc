import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  GPT2ForSequenceClassification,
  loadLora,
  pipeline,
} from '@chui/models';
import { useBackend } from '@chui/runtime';
import { Tokenizer } from '@chui/tokenizer';
import { argMax } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUI, type Outcome, runChui } from '../support/run_chui.js';
import {
  choices,
  likeness,
  names,
  questions,
  sentiment,
  texts,
  writeToy,
  writeToyModel,
} from '../support/toy_tasks.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-finetune-'));
  await useBackend('cpu');
  await writeToyModel(folder, 'toy');
  await writeToyModel(folder, 'toy-decoder', 'decoder');
  await writeToy(folder, sentiment, 'sentiment', 'tsv', 120);
  await writeToy(folder, names, 'names', 'conll', 80);
  await writeToy(folder, questions, 'questions', 'json', 160);
  await writeToy(folder, choices, 'choices', 'jsonl', 120);
  await writeToy(folder, likeness, 'likeness', 'csv', 120);
  await writeToy(folder, texts, 'texts', 'txt', 120);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Options of a run: the files of a task by their name and ending. */
const files = (name: string, ending: string) => [
  ...['--train', `${name}.train.${ending}`, '--eval', `${name}.eval.${ending}`],
];
const quick = ['--epochs', '4', '--learning-rate', '0.003', '--batch-size', '8', '--seed', '1'];

const finetune = (...args: string[]): Promise<Outcome> => runChui(folder, 'finetune', ...args);

/** The results of a run that must end well. */
async function learn(task: string, name: string, ending: string, ...args: string[]) {
  return learnBy('toy', task, name, ending, ...args);
}

/** The same of another model. */
async function learnBy(model: string, task: string, name: string, ending: string, ...args: string[]) {
  const out = args.includes('--out') ? args[args.indexOf('--out') + 1]! : `out/${name}`;
  const given = [model, '--task', task, ...files(name, ending), '--out', out, ...quick, ...args];
  const outcome = await finetune(...given);
  expect(outcome.code, outcome.stderr).toBe(0);
  const results = JSON.parse(await readFile(join(folder, out, 'results.json'), 'utf8'));
  return { ...outcome, results, scores: results.scores.eval, directory: join(folder, out) };
}

describe('chui finetune', { timeout: 120_000 }, () => {
  it('learns by low-rank additions, which are saved by themselves and in the model', async () => {
    const given = ['--lora', '4', '--learning-rate', '0.02', '--out', 'out/lora'];
    const { scores, stderr } = await learn('text-classification', 'sentiment', 'tsv', ...given);
    expect(scores.accuracy).toBeGreaterThan(0.95);
    expect(stderr).toMatch(/random at first, as the model has none: .*classifier\.weight/);
    const whole = await AutoModelForSequenceClassification.fromPretrained(join(folder, 'out/lora'));
    const begun = await AutoModelForSequenceClassification.fromPretrained(join(folder, 'toy'), {
      config: { id2label: whole.config.id2label },
    });
    const of = (model: typeof whole, name: string) =>
      model.namedParameters().find(([each]) => each.endsWith(name))![1];
    const same = (name: string) => [whole, begun].map((model) => of(model, name).dataSync());
    const [embeddings, before] = same('word_embeddings.weight');
    expect(embeddings).toEqual(before);
    const adapter = await loadLora(begun, join(folder, 'out/lora/adapter'));
    adapter.merge();
    const [merged, query] = same('layer.0.attention.self.query.weight');
    merged!.forEach((value, i) => {
      expect(value).toBeCloseTo(query![i]!, 5);
    });
    const refused = await finetune(
      'toy',
      '--task',
      'text-classification',
      ...files('sentiment', 'tsv'),
      '--out',
      'out/no',
      '--lora',
      '4',
      '--freeze',
      '1',
    );
    expect(refused.stderr).toBe('chui: freezeLayers must be left out where lora is given, but is 1\n');
    for (const model of [whole, begun]) model.dispose();
  });

  it('makes a classifier of a decoder, and says what pads its texts', async () => {
    const args = ['--out', 'out/decoder'];
    const { scores, stderr, directory } = await learnBy(
      ...(['toy-decoder', 'text-classification', 'sentiment', 'tsv', ...args] as const),
    );
    expect(scores.accuracy).toBeGreaterThan(0.95);
    expect(stderr).toContain('random at first, as the model has none: score.weight\n');
    const model = await AutoModelForSequenceClassification.fromPretrained(directory);
    expect(model).toBeInstanceOf(GPT2ForSequenceClassification);
    const tokenizer = await Tokenizer.fromPretrained(directory);
    expect(model.config.padTokenId).toBe(tokenizer.padTokenId);
    const classify = await pipeline('text-classification', { model, tokenizer });
    const labels = await classify(['the film dull of', 'a story lovely of a cat']);
    expect(labels.map(({ label }) => label)).toEqual(['bad', 'good']);
    classify.dispose();
    model.dispose();
  });

  it('learns to classify texts, and writes a model that others load', async () => {
    const { scores, stdout, stderr, directory, results } = await learn(
      'text-classification',
      'sentiment',
      'tsv',
    );
    expect(scores.accuracy).toBeGreaterThan(0.95);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      "next: pipeline('text-classification', './out/sentiment')",
    );
    expect(scores).toMatchObject({ macroF1: expect.any(Number), matthewsCorrelation: expect.any(Number) });
    expect(stdout).toMatch(
      /^out\/sentiment is finished\n +loss +accuracy .*\neval .*\nlabel bad .*\nlabel good /,
    );
    expect(stderr).toMatch(/^text-classification: step \d+ of 60, loss/m);
    expect(results.examples).toEqual({ train: 120, eval: 40 });
    expect((await readdir(directory)).sort()).toEqual([
      'checkpoints',
      'config.json',
      'log.jsonl',
      'model.safetensors',
      'recipe.json',
      'report.html',
      'results.json',
      'tensorboard',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const copied = ['tokenizer.json', 'tokenizer_config.json'];
    for (const file of copied) {
      expect(await readFile(join(directory, file), 'utf8')).toBe(
        await readFile(join(folder, 'toy', file), 'utf8'),
      );
    }
    const model = await AutoModelForSequenceClassification.fromPretrained(directory);
    expect(model.newParameters).toEqual([]);
    expect(model.config).toMatchObject({
      id2label: { 0: 'bad', 1: 'good' },
      label2id: { bad: 0, good: 1 },
      problemType: 'single_label_classification',
    });
    const tokenizer = await Tokenizer.fromPretrained(directory);
    const { inputIds, attentionMask } = tokenizer.encodeBatch([
      'the film dull of',
      'a story lovely of a cat',
    ]);
    const { logits } = model.forward({ inputIds, attentionMask });
    expect(Array.from(await argMax(logits, -1).data())).toEqual([0, 1]);
    model.dispose();

    // What was learned is a beginning too, with other classes.
    const more = ['--labels', 'good,neither,bad', '--out', 'more', '--freeze', '2', '--max-length', '6'];
    const other = await finetune(
      'out/sentiment',
      '--task',
      'text-classification',
      ...files('sentiment', 'tsv'),
      ...quick,
      ...more,
    );
    expect(other.code, other.stderr).toBe(0);
    expect(other.stderr).toMatch(
      /^text-classification: sentiment\.train\.tsv: \d+ of 120 texts are cut to 6 tokens$/m,
    );
    const { training, freezeLayers } = JSON.parse(
      await readFile(join(folder, 'more', 'recipe.json'), 'utf8'),
    );
    expect({ training, freezeLayers }).toMatchObject({
      freezeLayers: 2,
      training: { weightDecay: 0.01, warmupRatio: 0.1 },
    });
    const log = await readFile(join(folder, 'more', 'log.jsonl'), 'utf8');
    const { parameters, trainableParameters } = JSON.parse(log.split('\n')[0]!);
    // The pooler and the classifier.
    expect(trainableParameters).toBe(33 * 32 + 33 * 3);
    expect(parameters).toBeGreaterThan(20_000);
  });

  it('learns to find names', async () => {
    const { scores, stdout, directory } = await learn(
      'token-classification',
      'names',
      'conll',
      '--layer-decay',
      '0.9',
    );
    expect(scores.f1).toBeGreaterThan(0.95);
    expect(stdout).toMatch(/\ntype LOC .* 40\ntype PER .* 40\n/);
    const model = await AutoModelForTokenClassification.fromPretrained(directory);
    expect(Object.values(model.config.id2label!)).toEqual(['B-LOC', 'B-PER', 'I-LOC', 'O']);
    model.dispose();
  });

  it('learns to answer questions', async () => {
    const more = ['--max-length', '14', '--epochs', '6'];
    const { scores, results, directory } = await learn('question-answering', 'questions', 'json', ...more);
    expect(results.examples.windows).toBeGreaterThan(160);
    expect(scores.exactMatch).toBeGreaterThan(80);
    expect(scores.f1).toBeGreaterThanOrEqual(scores.exactMatch);
    (await AutoModelForQuestionAnswering.fromPretrained(directory)).dispose();
  });

  it('learns to choose', async () => {
    const { scores } = await learn('multiple-choice', 'choices', 'jsonl');
    expect(scores.accuracy).toBeGreaterThan(0.9);
  });

  it('learns what texts are like, whole words hidden', async () => {
    const { scores, results } = await learn('masked-lm', 'texts', 'txt', '--whole-words');
    expect(scores.perplexity).toBeCloseTo(Math.exp(scores.loss), 5);
    expect(scores.perplexity).toBeLessThan(results.evaluations[0].metrics.perplexity + 1e-6);
    expect(scores.perplexity).toBeLessThan(8);
  });

  it('learns which texts are alike', async () => {
    const { scores, directory } = await learn('similarity', 'likeness', 'csv', '--scale', '5');
    expect(scores.spearman).toBeGreaterThan(0.7);
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['modules.json', '1_Pooling']));
  });
});

it('is killed, and goes on to the same end', { timeout: 120_000 }, async () => {
  const args = ['toy', '--task', 'text-classification', ...files('sentiment', 'tsv'), ...quick];
  const child = spawn(process.execPath, [CHUI, 'finetune', ...args, '--out', 'killed'], { cwd: folder });
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => {
      // An evaluation is no checkpoint: a signal makes one.
      if (/dev loss/.test(String(chunk))) child.kill('SIGTERM');
    });
    child.on('close', () => resolve());
  });
  expect(child.exitCode).toBe(143);
  expect(await readdir(join(folder, 'killed'))).not.toContain('results.json');
  const { code, stderr } = await finetune('--resume', '--out', 'killed');
  expect(code, stderr).toBe(0);
  const model = (out: string) => readFile(join(folder, out, 'model.safetensors'));
  expect((await model('killed')).equals(await model('out/sentiment'))).toBe(true);
});

it('tells what must be given in one line, and writes nothing', async () => {
  const before = (await readdir(folder)).sort();
  const whole = ['toy', '--task', 'text-classification', ...files('sentiment', 'tsv')];
  for (const [args, message] of [
    [['toy', '--out', 'bad'], 'finetune must have --task: see chui finetune --help'],
    [
      [...whole, '--out', 'toy'],
      'toy must be a directory of a run, or have no config.json; give another --out',
    ],
    [
      [...whole, '--out', 'bad', '--stride', '3'],
      '--stride must be left out of text-classification, as it is for question-answering',
    ],
    [[...whole, '--out', 'bad', '--layer-decay', '2'], 'finetune: layerDecay must be at most 1, but is 2'],
  ] as const) {
    const { code, stderr } = await finetune(...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `chui: ${message}\n` });
    expect((await readdir(folder)).sort()).toEqual(before);
  }
});
