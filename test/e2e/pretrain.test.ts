import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BertForPreTraining, pipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHUI, runChui } from '../support/run_chui.js';
import { sentiment, texts, writeToy } from '../support/toy_tasks.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-pretrain-'));
  await useBackend('cpu');
  // Texts of 14 tokens: with the special ones an example is full.
  const lines = texts(240, 1).replaceAll('\n', ' and grace was in kyoto\n');
  await writeFile(join(folder, 'lines.txt'), lines);
  await writeFile(join(folder, 'pages.txt'), lines.replace(/((?:.*\n){4})/g, '$1\n'));
  await writeToy(folder, sentiment, 'sentiment', 'tsv', 24);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const sizes = ['--layers', '1', '--width', '32', '--heads', '2', '--vocab-size', '200', '--max-length', '16'];
const quick = ['--batch-size', '8', '--learning-rate', '0.01', '--dropout', '0', '--seed', '1'];
const pretrain = (...args: string[]) => runChui(folder, 'pretrain', ...args);

it('makes a vocabulary and a model of a text, with which others begin', { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await pretrain(
    ...['--train', 'lines.txt', '--out', 'out/bert', '--epochs', '6', ...sizes, ...quick],
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^pretraining: train: .* 0\.000 % of them unknown; \d+ examples$/m);
  expect(stdout).toMatch(/^out\/bert is finished\n +loss +perplexity +accuracy +unknownShare\neval /);
  const directory = join(folder, 'out/bert');
  expect((await readdir(directory)).sort()).toEqual([
    ...['checkpoints', 'config.json', 'log.jsonl', 'model.safetensors', 'recipe.json', 'report.html'],
    ...['results.json', 'tensorboard', 'tokenizer.json', 'tokenizer_config.json', 'vocab.txt'],
  ]);
  const { scores } = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8'));
  expect(scores.eval.perplexity).toBeCloseTo(Math.exp(scores.eval.loss), 4);
  expect(scores.eval.perplexity).toBeLessThan(2);
  const fill = await pipeline('fill-mask', directory);
  const [best] = (await fill('ada was in the [MASK] of alan in paris and grace was in kyoto')) as {
    tokenStr: string;
  }[];
  expect(best!.tokenStr).toBe('house');

  const tuned = await runChui(
    folder,
    ...['finetune', 'out/bert', '--task', 'text-classification', '--train', 'sentiment.train.tsv'],
    ...['--eval', 'sentiment.eval.tsv', '--out', 'out/tuned', '--epochs', '1'],
  );
  expect(tuned.code, tuned.stderr).toBe(0);
});

it('is stopped, and goes on to the same end; its recipe gives it again', { timeout: 120_000 }, async () => {
  const args = [
    ...['--train', 'pages.txt', '--objective', 'masked-lm+next-sentence', '--whole-words'],
    ...['--epochs', '2', ...sizes, ...quick],
  ];
  const child = spawn(process.execPath, [CHUI, 'pretrain', ...args, '--out', 'stopped'], { cwd: folder });
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => {
      if (/dev loss/.test(String(chunk))) child.kill('SIGTERM');
    });
    child.on('close', () => resolve());
  });
  expect(child.exitCode).toBe(143);
  const resumed = await pretrain('--resume', '--out', 'stopped');
  expect(resumed.code, resumed.stderr).toBe(0);
  const again = await runChui(folder, 'train', 'stopped/recipe.json', '--out', 'again');
  expect(again.code, again.stderr).toBe(0);
  const files = ['model.safetensors', 'tokenizer.json', 'config.json'];
  for (const file of files) {
    const [one, other] = await Promise.all(
      ['stopped', 'again'].map((out) => readFile(join(folder, out, file))),
    );
    expect(one!.equals(other!), file).toBe(true);
  }
  const { scores } = JSON.parse(await readFile(join(folder, 'again', 'results.json'), 'utf8'));
  expect(scores.eval.nextSentenceAccuracy).toBeGreaterThan(0);
  expect(scores.eval.maskedLoss).toBeLessThan(scores.eval.loss);
  const model = await BertForPreTraining.fromPretrained(join(folder, 'again'));
  expect(model.newParameters).toEqual([]);
  model.dispose();
});
