import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testBackends } from '../support/backends.js';

// Trains in a process of its own with the packages as they are built, and says now and then what it holds.
const training = `
import { RnnSeq2Seq } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { CheckpointDirectory, HtmlReport, JsonlLog, TensorBoard, Trainer } from '@chui/training';

const [backend, out] = process.argv.slice(1);
await useBackend(backend);
const model = RnnSeq2Seq.fromConfig(
  { vocabSize: 12, decoderVocabSize: 12, embeddingSize: 6, hiddenSize: 6, attention: 'none', dropout: 0.1 },
  { seed: 1 },
);
const examples = Array.from({ length: 100 }, (_, index) => {
  const inputIds = [4 + (index % 8), 4 + (index % 5), 4 + (index % 3)];
  return { inputIds, labels: [...inputIds.toReversed(), 3] };
});
const held = [];
await new Trainer({
  model,
  args: {
    maxSteps: 10000,
    batchSize: 4,
    gradientAccumulationSteps: 2,
    ema: 0.99,
    logSteps: 100,
    evalSteps: 200,
    saveSteps: 200,
  },
  trainDataset: () => examples,
  evalDataset: examples.slice(0, 10),
  computeMetrics: ({ predictions }) => ({ count: predictions.length }),
  callbacks: [
    new JsonlLog(out + '/log.jsonl'),
    new TensorBoard(out + '/tensorboard'),
    new HtmlReport(out + '/report.html', { everySeconds: 2 }),
    {
      onStep() {
        globalThis.gc();
        held.push({ tensors: memory().numTensors, bytes: memory().numBytes, heap: process.memoryUsage().heapUsed, rss: process.memoryUsage().rss });
      },
    },
  ],
  checkpoints: new CheckpointDirectory(out + '/checkpoints', { keep: 2 }),
}).train();
console.log(JSON.stringify(held));
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chui-long-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('10,000 steps with evaluations and checkpoints hold what 2,000 do', { timeout: 300_000 }, async () => {
  const args = ['--expose-gc', '--input-type=module', '-e', training, testBackends.at(-1)!, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 });
  const held: Record<'tensors' | 'bytes' | 'heap' | 'rss', number>[] = JSON.parse(
    stdout.trim().split('\n').at(-1)!,
  );
  expect(held).toHaveLength(100);
  expect(new Set(held.map(({ tensors }) => tensors)).size).toBe(1);
  expect(new Set(held.map(({ bytes }) => bytes)).size).toBe(1);
  const grown = (of: 'heap' | 'rss') => (held.at(-1)![of] - held[20]![of]) / 2 ** 20;
  expect(grown('heap')).toBeLessThan(2);
  expect(grown('rss')).toBeLessThan(32);
});
