import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModelForCausalLM, pipeline } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { Tokenizer } from '@chui/tokenizer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CHUI, runChui } from '../support/run_chui.js';

const verse = 'the cat sat on the mat,\nthe dog ran to the cat.\n\n';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-lm-'));
  await useBackend('cpu');
  await writeFile(join(folder, 'verse.txt'), verse.repeat(40));
  await writeFile(join(folder, 'stories.txt'), Array(30).fill(verse.trim()).join('\n<|endoftext|>\n'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const sizes = ['--layers', '1', '--width', '32', '--heads', '2', '--context', '32', '--dropout', '0'];
const quick = ['--batch-size', '8', '--learning-rate', '0.01', '--seed', '1'];
const trainLm = (...args: string[]) => runChui(folder, 'train', 'lm', ...args);

it('learns a text by heart, character by character, and goes on with it', { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await trainLm(
    ...['--data', 'verse.txt', '--test', 'stories.txt', '--tokenizer', 'characters', '--out', 'out/verse'],
    '--random-windows',
    ...[
      '--steps',
      '80',
      '--eval-steps',
      '40',
      '--prompt',
      'the cat',
      '--sample-tokens',
      '8',
      ...sizes,
      ...quick,
    ],
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^language-modeling: samples at step 40\n {2}\| the cat/m);
  expect(stdout).toMatch(
    /^out\/verse is finished\n +loss +perplexity +bitsPerByte +wordPerplexity +unknownShare\neval .*\ntest /,
  );
  const directory = join(folder, 'out/verse');
  expect((await readdir(directory)).sort()).toEqual([
    ...['checkpoints', 'config.json', 'log.jsonl', 'model.safetensors', 'recipe.json', 'report.html'],
    ...['results.json', 'tensorboard', 'tokenizer.json', 'tokenizer_config.json'],
  ]);
  const { scores, evaluations } = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8'));
  expect(scores.eval.perplexity).toBeCloseTo(Math.exp(scores.eval.loss), 4);
  expect(scores.eval.perplexity).toBeLessThan(2);
  expect(scores.test.perplexity).toBeCloseTo(Math.exp(scores.test.loss), 4);
  expect(scores.test.perplexity).not.toBe(scores.eval.perplexity);
  expect(evaluations.map(({ samples }: { samples: string[] }) => samples.length)).toEqual([1, 1]);
  expect(await readFile(join(directory, 'report.html'), 'utf8')).toContain('<h2>Samples</h2>');
  const generate = await pipeline('text-generation', directory);
  const [made] = await generate('the cat sat', { maxNewTokens: 16 });
  expect(made).toEqual({ generatedText: 'the cat sat on the mat,\nthe' });
  generate.dispose();
  const again = await runChui(folder, 'generate', 'out/verse', 'the cat sat', '--max-new-tokens', '16');
  expect(again.stdout).toBe('the cat sat on the mat,\nthe\n');
});

it('is stopped, and goes on to the same end; its recipe gives it again', { timeout: 120_000 }, async () => {
  const args = [
    ...['--data', 'stories.txt', '--architecture', 'llama', '--vocab-size', '300', '--document-masks'],
    ...['--eval-stride', '8', '--epochs', '4', '--recompute', ...sizes, ...quick],
  ];
  const child = spawn(process.execPath, [CHUI, 'train', 'lm', ...args, '--out', 'stopped'], { cwd: folder });
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => {
      if (/dev loss/.test(String(chunk))) child.kill('SIGTERM');
    });
    child.on('close', () => resolve());
  });
  expect(child.exitCode).toBe(143);
  const resumed = await trainLm('--resume', '--out', 'stopped');
  expect(resumed.code, resumed.stderr).toBe(0);
  const again = await runChui(folder, 'train', 'stopped/recipe.json', '--out', 'again');
  expect(again.code, again.stderr).toBe(0);
  for (const file of ['model.safetensors', 'tokenizer.json', 'config.json']) {
    const [one, other] = await Promise.all(
      ['stopped', 'again'].map((out) => readFile(join(folder, out, file))),
    );
    expect(one!.equals(other!), file).toBe(true);
  }
  const model = await AutoModelForCausalLM.fromPretrained(join(folder, 'again'));
  const tokenizer = await Tokenizer.fromPretrained(join(folder, 'again'));
  expect(model.config).toMatchObject({ modelType: 'llama', eosTokenId: tokenizer.eosTokenId });
  model.dispose();
});
