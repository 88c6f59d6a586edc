import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testBackends } from '../../../../test/support/backends.js';
import { datePairs } from '../data/dates/date_pairs.js';
import type { StepReport } from '../trainer/callback.js';
import { CheckpointDirectory } from '../trainer/checkpoint_directory.js';
import { type TranslatorKind, trainTranslator } from './translation.js';

const kinds: TranslatorKind[] = ['rnn', 'attention', 'transformer'];
const splits = {
  train: datePairs({ seed: 1, count: 200, split: 'train' }),
  dev: datePairs({ seed: 1, count: 20, split: 'dev' }),
};
const recipe = {
  sourceTokens: 'character',
  targetTokens: 'character',
  width: 16,
  dropout: 0.1,
  batchSize: 8,
  learningRate: 0.01,
} as const;

describe.each(kinds)('training the translator %s', (kind) => {
  beforeAll(async () => {
    await useBackend(testBackends.at(-1)!);
  });

  it('holds as many tensors after 200 steps as after 10, and learns', async () => {
    const counts: number[] = [];
    const losses: number[] = [];
    const { pipeline } = await trainTranslator(
      splits,
      { ...recipe, kind, maxSteps: 200, evalSteps: 50 },
      {
        callbacks: [
          {
            onStep: ({ loss }) => {
              counts.push(memory().numTensors);
              losses.push(loss);
            },
          },
        ],
      },
    );
    pipeline.model.dispose();
    expect(counts).toHaveLength(20);
    expect(new Set(counts).size).toBe(1);
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
  });

  it('gives the same losses for the same seed, dropout included', async () => {
    const losses: number[][] = [];
    for (const seed of [1, 1, 2]) {
      const own: number[] = [];
      const args = { ...recipe, kind, seed, maxSteps: 5, logSteps: 1 };
      const { pipeline } = await trainTranslator(splits, args, {
        callbacks: [{ onStep: ({ loss }) => void own.push(loss) }],
      });
      pipeline.model.dispose();
      losses.push(own);
    }
    expect(losses[0]).toHaveLength(5);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).not.toEqual(losses[0]);
  });

  it('goes on after a stop as if there had been none', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'chui-checkpoint-'));
    const args = { ...recipe, kind, seed: 3, maxSteps: 24, evalSteps: 6, logSteps: 1 };
    const run = async (stopAt: number, checkpoints?: CheckpointDirectory) => {
      const stop = new AbortController();
      const losses: number[] = [];
      const onStep = ({ step, loss }: StepReport) => {
        losses.push(loss);
        if (step === stopAt) stop.abort();
      };
      const { pipeline, ...result } = await trainTranslator(
        splits,
        { ...args, signal: stop.signal },
        { callbacks: [{ onStep }], checkpoints },
      );
      const weights = pipeline.model.trainableVariables().flatMap((weight) => [...weight.dataSync()]);
      pipeline.model.dispose();
      return { losses, weights, result };
    };
    const straight = await run(0);
    const kept = new CheckpointDirectory(directory);
    const [first, second, third] = [await run(8, kept), await run(15, kept), await run(0, kept)];
    expect([first, second, third].map(({ result }) => result.stopped)).toEqual([
      'aborted',
      'aborted',
      'completed',
    ]);
    expect([...first!.losses, ...second!.losses, ...third!.losses]).toEqual(straight.losses);
    expect(third!.weights).toEqual(straight.weights);
    const evaluations = ({ result }: typeof straight) =>
      result.evaluations.map(({ step, loss }) => [step, loss]);
    expect(evaluations(third!).map(([step]) => step)).toEqual([6, 12, 18, 24]);
    expect(evaluations(third!)).toEqual(evaluations(straight));
    expect(third!.result.best!.loss).toBe(straight.result.best!.loss);
    expect(await kept.steps()).toEqual([24]);
    await expect(
      trainTranslator(splits, { ...args, learningRate: 0.5 }, { checkpoints: kept }),
    ).rejects.toThrow('the checkpoint must be of the same training, but its learningRate is 0.01, not 0.5');
    await rm(directory, { recursive: true });
  });
});
