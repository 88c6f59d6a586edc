import '@tensorflow/tfjs-layers';
import { useBackend } from '@chui/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectNoTensorLeft } from '../../../../test/support/backends.js';
import { TinyModel, tinyExamples } from '../../../../test/support/tiny_model.js';
import type { Checkpoint } from './checkpoint.js';
import { Trainer, type TrainerOptions } from './trainer.js';

type Example = ReturnType<typeof tinyExamples>[0];

/** Gives some examples, and then nothing for ever; `onStall` is called a while after that. */
const stalling = (onStall: () => void) =>
  async function* stalled() {
    yield* tinyExamples(50);
    setTimeout(onStall, 300);
    await new Promise(() => {});
  };
type Stalled = ReturnType<typeof stalling>;

/** Trains until an abort that comes while nothing else happens. */
async function trainAndAbort(options: (stalled: Stalled) => Partial<TrainerOptions<Example>>) {
  const model = new TinyModel();
  const saved: Checkpoint[] = [];
  const controller = new AbortController();
  const result = await new Trainer<Example>({
    model,
    args: { epochs: 2, batchSize: 10, shuffleBuffer: 20, schedule: 'constant', signal: controller.signal },
    ...options(stalling(() => controller.abort())),
    checkpoints: {
      load: async () => undefined,
      save: async (checkpoint) => void saved.push(checkpoint),
      clear: async () => {},
    },
  }).train();
  model.dispose();
  return { result, saved };
}

describe('a stream that stalls', () => {
  beforeAll(async () => {
    await useBackend('cpu');
  });
  expectNoTensorLeft();

  it('does not keep a training from being aborted', async () => {
    const { result, saved } = await trainAndAbort((stalled) => ({ trainDataset: stalled }));
    expect(result).toMatchObject({ stopped: 'aborted', steps: 4, epochs: 0 });
    expect(saved.map(({ progress }) => [progress.step, progress.epoch, progress.batch])).toEqual([[4, 0, 4]]);
  });

  it('does not keep an evaluation from being aborted', async () => {
    const { result, saved } = await trainAndAbort((stalled) => ({
      trainDataset: tinyExamples(30),
      evalDataset: stalled,
    }));
    expect(result).toMatchObject({ stopped: 'aborted', steps: 3, evaluations: [] });
    expect(saved).toHaveLength(1);
  });
});
