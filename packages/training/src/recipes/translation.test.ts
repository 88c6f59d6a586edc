import { useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { testBackends } from '../../../../test/support/backends.js';
import { datePairs } from '../data/dates/date_pairs.js';
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
    const { pipeline } = await trainTranslator(splits, { ...recipe, kind, maxSteps: 200, evalSteps: 50 }, [
      {
        onStep: ({ loss }) => {
          counts.push(memory().numTensors);
          losses.push(loss);
        },
      },
    ]);
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
      const { pipeline } = await trainTranslator(splits, args, [
        { onStep: ({ loss }) => void own.push(loss) },
      ]);
      pipeline.model.dispose();
      losses.push(own);
    }
    expect(losses[0]).toHaveLength(5);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).not.toEqual(losses[0]);
  });
});
