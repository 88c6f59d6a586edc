// tfjs-layers registers the gradients of tfjs-core's ops.
import '@tensorflow/tfjs-layers';
import { useBackend } from '@chui/runtime';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoTensorLeft } from '../../../../test/support/backends.js';
import { TinyModel, tinyExamples } from '../../../../test/support/tiny_model.js';
import { dataCollatorForSeq2Seq } from '../data/collators/data_collator_for_seq2seq.js';
import type { Example } from '../data/examples.js';
import type { TrainingArgs } from './args.js';
import type { EvaluationReport, StepReport, TrainerCallback } from './callback.js';
import { Trainer } from './trainer.js';

const trainDataset = tinyExamples(100);
const devDataset = tinyExamples(30);

/** Trains a new model and gives what happened. */
async function train(
  args: TrainingArgs,
  { evalDataset = devDataset, onStep }: { evalDataset?: Example[]; onStep?: TrainerCallback['onStep'] } = {},
) {
  const model = new TinyModel();
  const steps: StepReport[] = [];
  const evaluations: EvaluationReport[] = [];
  const trainer = new Trainer({
    model,
    args: { batchSize: 10, learningRate: 0.05, ...args },
    trainDataset,
    evalDataset,
    callbacks: [
      { onStep: (report) => void steps.push(report), onEvaluate: (report) => void evaluations.push(report) },
      { onStep },
    ],
  });
  const result = await trainer.train();
  const evaluation = await trainer.evaluate();
  model.dispose();
  return { result, steps, evaluations, evaluation, losses: steps.map(({ loss }) => loss) };
}

describe('Trainer', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  expectNoTensorLeft();

  it('learns, and says how it goes', async () => {
    const { result, steps, evaluations, evaluation } = await train({ epochs: 10 });
    expect(result).toMatchObject({ stopped: 'completed', steps: 100, epochs: 10 });
    expect(evaluation.loss).toBeLessThan(0.1);
    expect(evaluation.items).toBe(60);
    expect(evaluation.metrics.perplexity).toBeCloseTo(Math.exp(evaluation.loss), 12);
    expect(steps.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(steps[0]).toMatchObject({ totalSteps: 100, epoch: 1, learningRate: 0.05 * 0.91 });
    expect(steps.at(-1)!.secondsLeft).toBe(0);
    expect(steps.every(({ tokensPerSecond }) => tokensPerSecond > 0)).toBe(true);
    expect(evaluations.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(result.best).toEqual(evaluations.at(-1));
  });

  it('gives the same losses for the same seed, and others for another', async () => {
    const [one, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => train({ epochs: 2, seed, logSteps: 1 })),
    );
    expect(one!.losses).toEqual(again!.losses);
    expect(one!.losses).not.toEqual(other!.losses);
  });

  it('reports the same mean losses however often it reports', async () => {
    const each = await train({ maxSteps: 12, evalSteps: 12, logSteps: 1 });
    const fours = await train({ maxSteps: 12, evalSteps: 12, logSteps: 4 });
    const means = [0, 4, 8].map((start) => mean(each.losses.slice(start, start + 4)));
    expect(fours.losses).toHaveLength(3);
    fours.losses.forEach((loss, index) => {
      expect(loss).toBeCloseTo(means[index]!, 6);
    });
  });

  it('holds as many tensors after 200 steps as after 10', async () => {
    const counts: number[] = [];
    await train({ maxSteps: 200, evalSteps: 50 }, { onStep: () => void counts.push(memory().numTensors) });
    expect(counts).toHaveLength(20);
    expect(new Set(counts).size).toBe(1);
  });

  it('stops after the step in which it is aborted, and keeps what was trained', async () => {
    const controller = new AbortController();
    const { result, steps, evaluations, evaluation } = await train(
      { epochs: 100, evalSteps: 1000, signal: controller.signal },
      { onStep: ({ step }) => void (step === 30 && controller.abort()) },
    );
    expect(result).toMatchObject({ stopped: 'aborted', steps: 30, best: undefined });
    expect(evaluations).toEqual([]);
    expect(evaluation.loss).toBeLessThan(steps[0]!.loss);
  });

  it('lets a timer abort it', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const { result } = await train({ maxSeconds: 50, schedule: 'constant', signal: controller.signal });
    expect(result.stopped).toBe('aborted');
    expect(result.seconds).toBeLessThan(10);
  });

  it('does nothing when it is aborted before it begins', async () => {
    const { result, steps } = await train({ epochs: 1, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ stopped: 'aborted', steps: 0 });
    expect(steps).toEqual([]);
  });

  it('stops when its time is over', async () => {
    const { result } = await train({ maxSeconds: 0.2, schedule: 'constant' });
    expect(result.stopped).toBe('maxSeconds');
    expect(result.steps).toBeGreaterThan(0);
    expect(result.seconds).toBeGreaterThanOrEqual(0.2);
  });

  it('stops when the evaluation loss rises, and goes back to the best weights', async () => {
    const contradiction = devDataset.map(({ inputIds }) => ({ inputIds, labels: [3, inputIds[0]!] }));
    const { result, evaluations, evaluation } = await train(
      { epochs: 100, evalSteps: 5, patience: 3 },
      { evalDataset: contradiction },
    );
    expect(result.stopped).toBe('patience');
    expect(evaluations.slice(-4).map(({ best }) => best)).toEqual([true, false, false, false]);
    expect(result.best).toEqual(evaluations.at(-4));
    expect(result.best!.loss).toBe(Math.min(...evaluations.map(({ loss }) => loss)));
    expect(evaluation.loss).toBeCloseTo(result.best!.loss, 6);
  });

  it('names the step whose loss is NaN, and goes back to the best weights', async () => {
    const model = new TinyModel();
    const errors: unknown[] = [];
    const trainer = new Trainer({
      model,
      args: { epochs: 5, batchSize: 10, evalSteps: 4, logSteps: 5 },
      trainDataset,
      evalDataset: devDataset,
      callbacks: [{ onError: (error) => void errors.push(error) }],
    });
    const evaluationCalls = 3;
    model.badCall = 7 + evaluationCalls;
    const message =
      'loss must be finite, but is NaN at step 7, first in the gradient of decoder.last; ' +
      'its batch: examples 96, 67, 84, 92, 58, 10, 15, 53 and 2 more';
    await expect(trainer.train()).rejects.toThrow(message);
    expect(errors).toEqual([new Error(message)]);
    expect(Number.isFinite((await trainer.evaluate()).loss)).toBe(true);
    model.dispose();
  });

  it('ends with the error of a callback', async () => {
    const model = new TinyModel();
    const args = { maxSteps: 20, batchSize: 10, logSteps: 7 };
    const fail = () => {
      throw new Error('the disk is full');
    };
    const trainer = new Trainer({ model, args, trainDataset, callbacks: [{ onStep: fail }] });
    await expect(trainer.train()).rejects.toThrow('the disk is full');
    model.dispose();
  });

  it('evaluates to the same loss whatever the batches', async () => {
    const model = new TinyModel();
    const losses = await Promise.all(
      [1, 7, 100].map((batchSize) => {
        const args = { epochs: 1, batchSize };
        return new Trainer({ model, args, trainDataset }).evaluate(devDataset);
      }),
    );
    for (const { loss } of losses) expect(loss).toBeCloseTo(losses[0]!.loss, 5);
    model.dispose();
  });

  it('warms up, then decays', async () => {
    const { steps } = await train({ maxSteps: 6, warmupSteps: 2, logSteps: 1, learningRate: 1 });
    expect(steps.map(({ learningRate }) => learningRate)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25]);
    const share = await train({ maxSteps: 6, warmupRatio: 0.3, logSteps: 1, learningRate: 1 });
    expect(share.losses).toEqual(steps.map(({ loss }) => loss));
  });

  it('leaves out what would make a smaller batch, in training only', async () => {
    const { result, evaluation } = await train({ epochs: 2, batchSize: 40, dropLast: true });
    expect(result).toMatchObject({ steps: 4, epochs: 2 });
    expect(evaluation.items).toBe(60);
  });

  it.each([{ batchSize: 25 }, { maxTokens: 400 }])(
    'evaluates in batches of another size than %o',
    async (size) => {
      const sizes: number[] = [];
      const collator = dataCollatorForSeq2Seq({ padTokenId: 0, decoderStartTokenId: 2 });
      const model = new TinyModel();
      const trainer = new Trainer<Example>({
        model,
        args: { epochs: 1, ...size, evalBatchSize: 7 },
        trainDataset,
        dataCollator: {
          ...collator,
          collate(examples, lengths) {
            sizes.push(examples.length);
            return collator.collate(examples, lengths);
          },
        },
      });
      await trainer.train();
      expect(sizes.reduce((sum, each) => sum + each)).toBe(100);
      expect(Math.max(...sizes)).toBeGreaterThan(7);
      sizes.length = 0;
      await trainer.evaluate(devDataset);
      expect(sizes).toEqual([7, 7, 7, 7, 2]);
      model.dispose();
    },
  );

  it.each<[TrainingArgs, string]>([
    [{}, 'one of epochs, maxSteps and maxSeconds must be given'],
    [
      { epochs: 1, learning_rate: 1 } as TrainingArgs,
      'args must have known keys, but have learning_rate; learningRate is probably meant',
    ],
    [
      { epochs: 1, fp16: true } as TrainingArgs,
      'args must have known keys, but have fp16; there are epochs, maxSteps, ',
    ],
    [{ epochs: 1, evalBatchSize: 0 }, 'evalBatchSize must be a positive integer, but is 0'],
    [
      { epochs: 1, dropLast: true, batchSize: 101 },
      'dropLast must leave a batch, but there are 100 examples',
    ],
    [{ epochs: 1, warmupRatio: 1 }, 'warmupRatio must be at least 0 and below 1, but is 1'],
    [{ epochs: 1, warmupRatio: 0.1, warmupSteps: 1 }, 'warmupSteps and warmupRatio must not both be given'],
    [
      { epochs: 1, warmupRatio: 0.1, schedule: () => 1 },
      'warmupRatio must not come with a schedule of your own',
    ],
    [
      { maxSeconds: 1, warmupRatio: 0.1, schedule: 'constant' },
      'warmupRatio must not be given without epochs and maxSteps',
    ],
    [{ epochs: 0 }, 'epochs must be above 0, but is 0'],
    [{ maxSteps: 1.5 }, 'maxSteps must be a positive integer, but is 1.5'],
    [{ maxSeconds: Number.NaN }, 'maxSeconds must be above 0, but is NaN'],
    [{ epochs: 1, learningRate: -1 }, 'learningRate must be at least 0, but is -1'],
    [{ epochs: 1, labelSmoothing: 1 }, 'labelSmoothing must be at least 0 and below 1, but is 1'],
    [{ epochs: 1, maxGradNorm: 0 }, 'maxGradNorm must be above 0, but is 0'],
    [{ epochs: 1, batchSize: 0 }, 'batchSize must be a positive integer, but is 0'],
    [{ epochs: 1, warmupSteps: -1 }, 'warmupSteps must be an integer from 0, but is -1'],
    [
      { maxSeconds: 1 },
      'schedule must be constant or inverseSqrt without epochs and maxSteps, but is linear',
    ],
    [{ epochs: 1, patience: 1 }, 'patience must come with an evalDataset'],
    [{ epochs: 1, batchSize: 1, maxTokens: 9 }, 'batchSize and maxTokens must not both be given'],
  ])('refuses %o', (args, message) => {
    const model = new TinyModel();
    expect(() => new Trainer({ model, args, trainDataset })).toThrow(message);
    model.dispose();
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
