import '@tensorflow/tfjs-layers';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@chui/runtime';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TinyModel, tinyExamples } from '../../../../test/support/tiny_model.js';
import type { TrainingArgs } from './args.js';
import type { TrainerCallback } from './callback.js';
import { CheckpointDirectory } from './checkpoint_directory.js';
import { Trainer, type TrainerOptions } from './trainer.js';

const trainDataset = tinyExamples(30);
type Example = (typeof trainDataset)[0];

let directory: string;
let checkpoints: CheckpointDirectory;
beforeAll(async () => {
  await useBackend('cpu');
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chui-hooks-'));
  checkpoints = new CheckpointDirectory(directory, { keep: 9 });
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Trains, three steps an epoch, and gives what a callback heard. */
async function heard(args: TrainingArgs, options: Partial<TrainerOptions<Example>> = {}) {
  const events: string[] = [];
  const model = new TinyModel();
  const callback: TrainerCallback = {
    onStart: ({ resumedStep }) => void events.push(`start ${resumedStep}`),
    onStep: ({ step }) => void events.push(`step ${step}`),
    onEvaluate: ({ step }) => void events.push(`evaluate ${step}`),
    onEpochEnd: ({ step, epoch }) => void events.push(`epoch ${epoch} at ${step}`),
    onSave: ({ step, path }) => void events.push(`save ${step} ${path?.replace(directory, '') ?? 'nowhere'}`),
    onEnd: ({ stopped }) => void events.push(stopped),
  };
  await new Trainer<Example>({
    model,
    args: { batchSize: 10, logSteps: 100, schedule: 'constant', ...args },
    trainDataset,
    evalDataset: trainDataset,
    checkpoints,
    callbacks: [callback],
    ...options,
  })
    .train()
    .catch((error: Error) => events.push(error.message));
  model.dispose();
  return events;
}

describe('a callback', () => {
  it('hears of ends of epochs and of checkpoints, in their order', async () => {
    expect(await heard({ epochs: 2.5, saveSteps: 3 })).toEqual([
      'start 0',
      'step 3',
      'evaluate 3',
      'epoch 1 at 3',
      'save 3 /checkpoint-3',
      'step 6',
      'evaluate 6',
      'epoch 2 at 6',
      'save 6 /checkpoint-6',
      'step 8',
      'evaluate 8',
      'save 8 /checkpoint-8',
      'completed',
    ]);
    expect(await readdir(directory)).toEqual(['checkpoint-3', 'checkpoint-6', 'checkpoint-8']);
  });

  it('hears of ends of epochs of a stream', async () => {
    const events = await heard({ epochs: 2, evalEpochs: 2 }, { trainDataset: () => trainDataset });
    expect(events).toEqual([
      'start 0',
      'epoch 1 at 3',
      'step 6',
      'evaluate 6',
      'epoch 2 at 6',
      'save 6 /checkpoint-6',
      'completed',
    ]);
  });

  it('hears of checkpoints that are kept in no directory', async () => {
    const nowhere = { load: async () => undefined, save: async () => {}, clear: async () => {} };
    const events = await heard({ maxSteps: 1 }, { checkpoints: nowhere, evalDataset: undefined });
    expect(events).toEqual(['start 0', 'step 1', 'save 1 nowhere', 'completed']);
  });

  it.each(['onEpochEnd', 'onSave'] as const)('ends the training with what %s throws', async (name) => {
    const callbacks: TrainerCallback[] = [
      {
        [name]: () => {
          throw new Error(`no ${name}`);
        },
      },
    ];
    expect(await heard({ epochs: 1 }, { callbacks })).toEqual([`no ${name}`]);
    expect(await checkpoints.steps()).toEqual([3]);
  });
});
