import '@tensorflow/tfjs-layers';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { train as coreTrain, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoTensorLeft } from '../../../../test/support/backends.js';
import { TinyModel, tinyExamples } from '../../../../test/support/tiny_model.js';
import { mapInWorkers } from '../data/workers/map_in_workers.js';
import type { TrainingArgs } from './args.js';
import type { EvaluationReport } from './callback.js';
import { Trainer, type TrainerOptions } from './trainer.js';

const trainDataset = tinyExamples(100);
const evalDataset = tinyExamples(30);
type Example = (typeof trainDataset)[0];

async function train(args: TrainingArgs, options: Partial<TrainerOptions<Example>> = {}) {
  const model = new TinyModel();
  const evaluations: EvaluationReport[] = [];
  try {
    const trainer = new Trainer<Example>({
      model,
      args: { batchSize: 10, learningRate: 0.05, ...args },
      trainDataset,
      evalDataset,
      callbacks: [{ onEvaluate: (report) => void evaluations.push(report) }],
      ...options,
    });
    return { result: await trainer.train(), evaluations, after: await trainer.evaluate(evalDataset) };
  } finally {
    model.dispose();
  }
}

describe('evaluation by Trainer', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  expectNoTensorLeft();

  it('comes every so many steps or epochs', async () => {
    const steps = async (args: TrainingArgs) => (await train(args)).evaluations.map(({ step }) => step);
    expect(await steps({ epochs: 4, evalEpochs: 2 })).toEqual([20, 40]);
    expect(await steps({ epochs: 1, evalSteps: 4 })).toEqual([4, 8, 10]);
    expect(await steps({ epochs: 1.5 })).toEqual([10, 15]);
  });

  it('gives predictions and labels in the order of the data set, whatever the batches', async () => {
    const model = new TinyModel();
    const predict = async (batchSize: number, dataset: TrainerOptions<Example>['evalDataset']) =>
      (await new Trainer<Example>({ model, args: { epochs: 1, batchSize } }).predict(dataset!)).predictions;
    const alone = await predict(1, evalDataset);
    expect(alone).toHaveLength(30);
    expect((alone[0] as number[][])[0]).toHaveLength(7);
    expect(await predict(8, evalDataset)).toEqual(alone);
    expect(await predict(8, () => evalDataset)).toEqual(alone);
    const { labels } = await new Trainer<Example>({ model, args: { epochs: 1 } }).predict(evalDataset);
    expect(labels).toEqual(
      evalDataset.map((example) => [...Array.from(example.labels), ...new Array(6).fill(-100)]),
    );
    model.dispose();
  });

  it('chooses the best by a metric, more being better or not', async () => {
    let count = 0;
    const computeMetrics = () => ({ wave: [1, 3, 2, 0][count++ % 4]! });
    const most = await train({ epochs: 4, metricForBestModel: 'wave' }, { computeMetrics });
    expect(most.result.best!.step).toBe(20);
    expect(most.after.loss).toBeCloseTo(most.result.best!.loss, 5);
    expect(most.evaluations.map(({ best }) => best)).toEqual([true, true, false, false]);
    count = 0;
    const args = { epochs: 4, metricForBestModel: 'wave', greaterIsBetter: false };
    expect((await train(args, { computeMetrics })).result.best!.step).toBe(40);
    count = 0;
    const patient = await train({ epochs: 9, metricForBestModel: 'wave', patience: 2 }, { computeMetrics });
    expect(patient.result).toMatchObject({ stopped: 'patience', steps: 40 });
  });

  it('names the metrics there are if one is unknown, and one that is no number', async () => {
    await expect(train({ epochs: 1, metricForBestModel: 'f1' })).rejects.toThrow(
      'metricForBestModel must be loss or perplexity without computeMetrics, but is f1',
    );
    const computeMetrics = () => ({ recall: Number.NaN });
    await expect(train({ epochs: 1, metricForBestModel: 'f1' }, { computeMetrics })).rejects.toThrow(
      'metricForBestModel must be one of loss, perplexity, recall, but is f1',
    );
    await expect(train({ epochs: 1, metricForBestModel: 'recall' }, { computeMetrics })).rejects.toThrow(
      'metric recall must be finite, but is NaN at step 10',
    );
  });

  it('takes optimizers of tfjs that say their rate, and refuses others', async () => {
    const adam = coreTrain.adam(0.1);
    await expect(train({ epochs: 1 }, { optimizer: adam as never })).rejects.toThrow(
      'optimizer must have setLearningRate and applyGradients, as adamW of @chui/runtime has',
    );
    const optimizer = coreTrain.momentum(0.1, 0.9);
    const { result } = await train(
      { epochs: 1 },
      { optimizer: optimizer as never, checkpoints: noCheckpoints },
    );
    expect(result.steps).toBe(10);
    // Which tfjs forgets.
    (optimizer as never as { c: Tensor }).c.dispose();
    for (const each of [adam, optimizer]) each.dispose();
  });

  it('has the mean of the weights, where one is kept', async () => {
    const { result, after } = await train({ epochs: 3, ema: 0.5 });
    expect(after.loss).toBeCloseTo(result.best!.loss, 5);
  });

  it('reads streams, trained on too', async () => {
    const whole = await train({ epochs: 2, schedule: 'constant' });
    let reads = 0;
    const stream = async function* () {
      reads++;
      yield* trainDataset;
    };
    const streamed = await train({ epochs: 2, schedule: 'constant' }, { trainDataset: stream });
    expect(reads).toBe(2);
    expect(streamed.result).toMatchObject({ steps: 20, stopped: 'completed' });
    expect(streamed.evaluations.map(({ loss }) => loss)).toEqual(whole.evaluations.map(({ loss }) => loss));
  });

  it('gives the same losses with any number of workers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chui-workers-'));
    const module = join(folder, 'same.mjs');
    await writeFile(module, 'export default () => (row) => row;\n');
    const runs = [];
    for (const workers of [0, 1, 3]) {
      const stream = () => mapInWorkers<Example, Example>(trainDataset, { module, workers });
      const { evaluations } = await train(
        { epochs: 2, schedule: 'constant', shuffleBuffer: 40 },
        { trainDataset: stream },
      );
      runs.push(evaluations.map(({ loss }) => loss));
    }
    expect(runs[0]).toHaveLength(2);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    await rm(folder, { recursive: true });
  });

  it.each<[string, TrainingArgs, Partial<TrainerOptions<Example>>, string]>([
    ['an empty data set', { epochs: 1 }, { trainDataset: [] }, 'trainDataset must not be empty'],
    ['an empty stream', { maxSteps: 1 }, { trainDataset: () => [] }, 'trainDataset must not be empty'],
    [
      'an empty stream for evaluation',
      { epochs: 1 },
      { evalDataset: () => [] },
      'evalDataset must not be empty',
    ],
    ['an empty evaluation', { epochs: 1 }, { evalDataset: [] }, 'evalDataset must not be empty'],
    [
      'a stream under a schedule that needs the end',
      { epochs: 1 },
      { trainDataset: () => trainDataset },
      'schedule must be constant or inverseSqrt without maxSteps',
    ],
    [
      'a part of a stream',
      { epochs: 1.5, schedule: 'constant' },
      { trainDataset: () => trainDataset },
      'epochs must be an integer for a stream, but is 1.5',
    ],
    ['no trainDataset', { epochs: 1 }, { trainDataset: undefined }, 'train must have a trainDataset'],
    [
      'a loss that the model has',
      { epochs: 1 },
      { loss: 'crossEntropy' },
      'loss must not be given for a model',
    ],
    [
      'evalSteps without data',
      { epochs: 1, evalSteps: 2 },
      { evalDataset: undefined },
      'evalSteps must come with an evalDataset',
    ],
    [
      'a generator twice',
      { epochs: 2, schedule: 'constant' },
      { trainDataset: gone() },
      'trainDataset must be a function that begins',
    ],
  ])('refuses %s', async (_, args, options, message) => {
    await expect(train(args, options)).rejects.toThrow(message);
  });
});

/** Takes checkpoints, and keeps none. */
const noCheckpoints = { load: async () => undefined, save: async () => {}, clear: async () => {} };

function* gone() {
  yield* trainDataset;
}
