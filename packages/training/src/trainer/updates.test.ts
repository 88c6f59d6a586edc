import '@tensorflow/tfjs-layers';
import { adamW } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { TinyModel, tinyExamples } from '../../../../test/support/tiny_model.js';
import type { TrainingArgs } from './args.js';
import type { StepReport } from './callback.js';
import { Trainer, type TrainerOptions } from './trainer.js';

const trainDataset = tinyExamples(100);
const evalDataset = tinyExamples(30);

/** Trains a new model and gives what happened, each step by itself. */
async function train(
  args: TrainingArgs,
  {
    model = new TinyModel(),
    ...options
  }: Partial<TrainerOptions<(typeof trainDataset)[0]>> & {
    model?: TinyModel;
  } = {},
) {
  const steps: StepReport[] = [];
  const trainer = new Trainer({
    model,
    args: { batchSize: 8, learningRate: 0.05, logSteps: 1, ...args },
    trainDataset,
    callbacks: [{ onStep: (report) => void steps.push(report) }],
    ...options,
  });
  const result = await trainer.train();
  const weights = { last: [...model.last.dataSync()], first: [...model.first.dataSync()] };
  model.dispose();
  return { result, steps, losses: steps.map(({ loss }) => loss), weights };
}

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe('updates of Trainer', () => {
  onEveryBackend(() => {
    it('add up the gradients of four batches of 8 to those of one of 32', async () => {
      const args = { epochs: 5, optimizer: 'adamW', weightDecay: 0.01 } as const;
      const whole = await train({ ...args, batchSize: 32 });
      const parts = await train({ ...args, batchSize: 8, gradientAccumulationSteps: 4 });
      expect(parts.losses).toHaveLength(20);
      expect(largest(parts.losses, whole.losses)).toBeLessThan(1e-6);
      const norms = [parts, whole].map(({ steps }) => steps.map(({ gradientNorm }) => gradientNorm));
      expect(largest(norms[0]!, norms[1]!)).toBeLessThan(1e-6);
      expect(largest(parts.weights.last, whole.weights.last)).toBeLessThan(1e-5);
    });

    it('leave frozen parameters alone, and go by the rates of others', async () => {
      const fresh = new TinyModel();
      const before = [...fresh.last.dataSync()];
      fresh.dispose();
      const frozen = await train({ maxSteps: 3, freeze: ['decoder'] });
      expect(frozen.weights.last).toEqual(before);
      const plain = await train({
        maxSteps: 1,
        optimizer: 'sgd',
        schedule: 'constant',
        maxGradNorm: Infinity,
      });
      const slow = await train({
        maxSteps: 1,
        optimizer: 'sgd',
        schedule: 'constant',
        maxGradNorm: Infinity,
        learningRates: { 'dec*.last': 0.25, encoder: 1 },
      });
      expect(slow.weights.first).toEqual(plain.weights.first);
      const [whole, quarter] = [plain, slow].map(({ weights }) =>
        weights.last.map((value, index) => value - before[index]!),
      );
      expect(largest(whole!, new Array(49).fill(0))).toBeGreaterThan(0.001);
      expect(
        largest(
          quarter!.map((value) => 4 * value),
          whole!,
        ),
      ).toBeLessThan(1e-6);
    });

    describe.each([1, 2])('of batches in %i parts', (gradientAccumulationSteps) => {
      const bad = { inputIds: [4, 1, 5], labels: [4, 3] };
      const withBad = [...trainDataset.slice(0, 40), bad];
      const args = { epochs: 2, groupByLength: false, batchSize: 5, gradientAccumulationSteps };

      it('skip what is not finite, and count it', async () => {
        const { result, steps, weights } = await train(
          { ...args, nonFinite: 'skip' },
          { trainDataset: withBad },
        );
        expect(result.skippedSteps).toBe(2);
        const counts = steps.map(({ skippedSteps }) => skippedSteps);
        expect([...new Set(counts)]).toEqual(counts[0] === 0 ? [0, 1, 2] : [1, 2]);
        const first = counts.findIndex((count) => count > 0);
        if (first > 0) expect(steps[first]!.loss).toBe(steps[first - 1]!.loss);
        expect(Object.values(weights).flat().every(Number.isFinite)).toBe(true);
      });

      it('stop before what is not finite, and say where it is', async () => {
        const model = new TinyModel();
        const late = { ...args, seed: 4, logSteps: 100, schedule: 'constant' } as const;
        const trainer = new Trainer({ model, args: { ...late, learningRate: 0.05 }, trainDataset: withBad });
        const message = await trainer.train().then(String, (error: Error) => error.message);
        const [, step] =
          /^loss must be finite, but is NaN at step (\d+), first in the gradient of .*; its batch: examples .*\b40\b/.exec(
            message,
          )!;
        const before = Number(step) - 1;
        const weights = [...model.last.dataSync()];
        model.dispose();
        const good = before > 0 && (await train({ ...late, maxSteps: before }, { trainDataset: withBad }));
        if (good) expect(weights).toEqual(good.weights.last);
        expect(weights.every(Number.isFinite)).toBe(true);
      });
    });

    it('may keep a mean of the weights, which the model then has', async () => {
      const seen: number[][] = [];
      const model = new TinyModel();
      const expected = [...model.last.dataSync()];
      const { weights } = await train(
        { maxSteps: 5, ema: 0.9 },
        {
          model,
          callbacks: [{ onStep: () => void seen.push([...model.last.dataSync()]) }],
        },
      );
      for (const values of seen) {
        for (const [index, value] of values.entries()) expected[index] = 0.9 * expected[index]! + 0.1 * value;
      }
      expect(seen).toHaveLength(5);
      expect(largest(weights.last, expected)).toBeLessThan(1e-6);
      expect(largest(weights.last, seen.at(-1)!)).toBeGreaterThan(1e-3);
    });

    it.each(['adam', 'sgd', 'lion', 'adafactor'] as const)('go by %s', async (optimizer) => {
      const learningRate = { adam: 0.05, sgd: 1, lion: 0.02, adafactor: 0.05 }[optimizer];
      const { losses, result } = await train({ epochs: 8, optimizer, learningRate, schedule: 'constant' });
      expect(result.stopped).toBe('completed');
      expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    });

    it('may go on with one optimizer and other parameters', async () => {
      const model = new TinyModel();
      const optimizer = adamW({ learningRate: 0.05 });
      for (const freeze of [['encoder'], ['decoder'], undefined]) {
        const args = { epochs: 1, batchSize: 10, learningRate: 0.05, freeze };
        await new Trainer({ model, args, trainDataset, optimizer }).train();
      }
      expect((await new Trainer({ model, args: { epochs: 1 } }).evaluate(evalDataset)).loss).toBeLessThan(
        1.5,
      );
      for (const each of [model, optimizer]) each.dispose();
    });

    it('leave no tensor behind', async () => {
      const before = memory().numTensors;
      await train(
        { epochs: 2, gradientAccumulationSteps: 2, ema: 0.99, evalSteps: 3, optimizer: 'lion' },
        { evalDataset, computeMetrics: ({ predictions }) => ({ count: predictions.length }) },
      );
      expect(memory().numTensors).toBe(before);
    });
  });

  it.each<[TrainingArgs, string]>([
    [{ epochs: 1, freeze: ['decoder', 'encoder'] }, 'freeze must leave a parameter that is trained'],
    [
      { epochs: 1, freeze: ['head'] },
      'freeze must name parameters, but head is none of decoder.last, encoder.first',
    ],
    [
      { epochs: 1, learningRates: { 'encoder.second': 2 } },
      'learningRates must name parameters, but encoder.second is none of decoder.last, encoder.first',
    ],
    [
      { epochs: 1, gradientCheckpointing: true },
      'gradientCheckpointing must come with a model that can recompute',
    ],
    [{ epochs: 1, learningRates: { encoder: -1 } }, 'must be at least 0, but is -1'],
  ])('refuse %o', async (args, message) => {
    await expect(train(args)).rejects.toThrow(message);
  });
});
