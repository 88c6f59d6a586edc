import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testBackends } from '../support/backends.js';

// Trains with the packages as they are built. Killed and run again, it goes on from its last checkpoint.
const training = `
import { writeFile } from 'node:fs/promises';
import { TransformerSeq2Seq } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import { CheckpointDirectory, datePairs, encodePairs, JsonlLog, Trainer } from '@chui/training';

const [backend, out, maxSteps] = process.argv.slice(1);
await useBackend(backend);
const train = datePairs({ seed: 1, count: 400, split: 'train' });
const dev = datePairs({ seed: 1, count: 20, split: 'dev' });
const sourceTokenizer = characterTokenizer(train.map(({ source }) => source));
const targetTokenizer = characterTokenizer(train.map(({ target }) => target));
const tokenizers = { sourceTokenizer, targetTokenizer };
const sizes = { dModel: 16, encoderLayers: 1, decoderLayers: 1, encoderFfnDim: 32, decoderFfnDim: 32 };
const model = TransformerSeq2Seq.fromConfig(
  {
    vocabSize: sourceTokenizer.vocabSize,
    decoderVocabSize: targetTokenizer.vocabSize,
    ...sizes,
    encoderAttentionHeads: 2,
    decoderAttentionHeads: 2,
    dropout: 0.1,
  },
  { seed: 1 },
);
const result = await new Trainer({
  model,
  args: {
    maxSteps: Number(maxSteps),
    batchSize: 4,
    gradientAccumulationSteps: 2,
    learningRate: 0.01,
    ema: 0.9,
    logSteps: 1,
    evalSteps: 40,
    saveSteps: 5,
  },
  trainDataset: encodePairs(train, tokenizers),
  evalDataset: encodePairs(dev, tokenizers),
  callbacks: [new JsonlLog(out + '/log.jsonl')],
  checkpoints: new CheckpointDirectory(out + '/checkpoints', { keep: 2 }),
}).train();
await model.savePretrained(out + '/model');
await writeFile(out + '/done', result.stopped);
`;

const backend = testBackends.at(-1)!;
const signals = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const STEPS = 400;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-killed-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(out: string, steps: number, before: string[] = []): ChildProcess & { errors: () => string } {
  const command = [
    ...before,
    process.execPath,
    '--input-type=module',
    '-e',
    training,
    backend,
    out,
    `${steps}`,
  ];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  const chunks: string[] = [];
  child.stderr!.on('data', (chunk) => chunks.push(String(chunk)));
  return Object.assign(child, { errors: () => chunks.join('') });
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', resolve);
  });

/** What a log says of each step: the last time that the step was made counts, and each time must have been the same. */
async function losses(out: string) {
  const found = new Map<string, string>();
  const lines = (await readFile(join(out, 'log.jsonl'), 'utf8')).split('\n');
  for (const line of lines) {
    if (!line.startsWith('{') || !line.endsWith('}')) continue;
    const { event, step, loss, gradientNorm, metrics } = JSON.parse(line);
    if (event !== 'step' && event !== 'evaluate') continue;
    const value = JSON.stringify({ loss, gradientNorm, metrics });
    const key = `${event} ${step}`;
    if (found.has(key)) expect(value, key).toBe(found.get(key));
    found.set(key, value);
  }
  return found;
}

const linesOf = async (out: string) =>
  existsSync(join(out, 'log.jsonl'))
    ? (await readFile(join(out, 'log.jsonl'), 'utf8')).split('\n').length
    : 0;

test('a training that is killed 20 times at random moments ends as one that is not', {
  timeout: 600_000,
}, async () => {
  const [straight, killed] = [join(folder, 'straight'), join(folder, 'killed')];
  const whole = start(straight, STEPS);
  expect(await ended(whole), whole.errors()).toBe(0);

  const moments: string[] = [];
  for (let kill = 0; kill < 20; kill++) {
    const child = start(killed, STEPS);
    const before = await linesOf(killed);
    const more = Math.floor(Math.random() * 30) - 3;
    if (more < 0) await sleep(Math.random() * 2000);
    while (more >= 0 && (await linesOf(killed)) < before + more && child.exitCode === null) await sleep(1);
    await sleep(Math.random() * 30);
    const signal = signals[kill % signals.length]!;
    child.kill(signal);
    await ended(child);
    moments.push(`${signal} after ${await linesOf(killed)} lines`);
    if (existsSync(join(killed, 'done'))) break;
  }
  const last = start(killed, STEPS);
  expect(await ended(last), `${last.errors()} ${moments.join(', ')}`).toBe(0);

  expect(moments, 'it ended before it was killed often').toHaveLength(20);
  const expected = await losses(straight);
  const found = await losses(killed);
  expect(expected.size).toBe(STEPS + STEPS / 40);
  for (const [key, value] of expected) expect(found.get(key), `${key}: ${moments.join(', ')}`).toBe(value);
  const model = (out: string) => readFile(join(out, 'model', 'model.safetensors'));
  expect((await model(killed)).equals(await model(straight))).toBe(true);
  expect((await readdir(join(killed, 'checkpoints'))).sort()).toEqual(['checkpoint-395', 'checkpoint-400']);
});

/** A file system of its own size, where this system lets its users have one. */
const small = (bytes: number, directory: string) => [
  'unshare',
  '-rm',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${bytes} none ${directory} && "$@"; code=$?; cp -r ${directory}/. ${directory}.kept; exit $code`,
  'sh',
];
const canMount = (() => {
  try {
    execFileSync('unshare', ['-rm', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!canMount)('a disk that fills', () => {
  test('ends the training with one line, and the checkpoint of before is whole', {
    timeout: 120_000,
  }, async () => {
    const out = join(folder, 'full');
    execFileSync('mkdir', ['-p', out, `${out}.kept`]);
    const child = start(out, 200, small(450_000, out));
    expect(await ended(child)).not.toBe(0);
    expect(child.errors()).toMatch(
      /checkpoint after step \d+: .*checkpoint-\d+\/\w+\.safetensors cannot be saved: .*(no space|ENOSPC)/i,
    );
    const kept = await readdir(join(`${out}.kept`, 'checkpoints'));
    expect(kept.every((name) => /^checkpoint-\d+$/.test(name))).toBe(true);
    expect(kept.length).toBeGreaterThan(0);
    await rm(out, { recursive: true });
    execFileSync('mv', [`${out}.kept`, out]);
    const again = start(out, 200);
    expect(await ended(again), again.errors()).toBe(0);
    expect(existsSync(join(out, 'done'))).toBe(true);
  });
});
