import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '@chui/hub';
import { RnnSeq2Seq } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testBackends } from '../../../../test/support/backends.js';
import { TinyModel, tinyExamples } from '../../../../test/support/tiny_model.js';
import type { TrainingArgs } from './args.js';
import type { StepReport } from './callback.js';
import { CheckpointDirectory } from './checkpoint_directory.js';
import { Trainer, type TrainerOptions } from './trainer.js';

const trainDataset = tinyExamples(100);
type Example = (typeof trainDataset)[0];

describe('CheckpointDirectory', () => {
  let directory: string;
  beforeAll(async () => {
    await useBackend(testBackends.at(-1)!);
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chui-checkpoints-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const args = {
    batchSize: 10,
    maxSteps: 60,
    learningRate: 0.05,
    saveSteps: 7,
    evalSteps: 12,
    logSteps: 1,
    ema: 0.9,
    gradientAccumulationSteps: 2,
  } as const;

  /** Trains until a step, where it is aborted or fails; gives the losses and the weights. */
  async function run(
    stop: { at: number; by?: 'abort' | 'error' } | undefined,
    own: TrainingArgs = {},
    options: Partial<TrainerOptions<Example>> = {
      checkpoints: new CheckpointDirectory(directory, { keep: 2 }),
    },
  ) {
    const model = new TinyModel();
    const controller = new AbortController();
    const losses = new Map<number, number>();
    const onStep = ({ step, loss }: StepReport) => {
      losses.set(step, loss);
      if (step !== stop?.at) return;
      if (stop.by === 'error') throw new Error('killed');
      controller.abort();
    };
    try {
      const result = await new Trainer<Example>({
        model,
        args: { ...args, ...own, signal: controller.signal },
        trainDataset,
        evalDataset: trainDataset.slice(0, 20),
        callbacks: [{ onStep }],
        ...options,
      }).train();
      return { losses, result, weights: [...model.last.dataSync(), ...model.first.dataSync()] };
    } catch (error) {
      return { losses, error, weights: [], result: undefined };
    } finally {
      model.dispose();
    }
  }

  it('lets a training that failed anywhere go on with the same losses, and end the same', async () => {
    const straight = await run(undefined, {}, {});
    const losses = new Map<number, number>();
    for (const at of [3, 10, 24, 26, 27, 43]) {
      for (const [step, loss] of (await run({ at, by: at % 2 ? 'error' : 'abort' })).losses) {
        if (losses.has(step)) expect(loss).toBe(losses.get(step));
        losses.set(step, loss);
      }
    }
    const last = await run(undefined);
    for (const [step, loss] of last.losses) losses.set(step, loss);
    expect(new Map([...losses].sort(([a], [b]) => a - b))).toEqual(straight.losses);
    expect(last.weights).toEqual(straight.weights);
    const evaluations = ({ result }: typeof straight) =>
      result!.evaluations.map(({ step, loss }) => [step, loss]);
    expect(evaluations(last)).toEqual(evaluations(straight));
    expect(evaluations(last).map(([step]) => step)).toEqual([12, 24, 36, 48, 60]);
    expect(await readdir(directory)).toEqual(['checkpoint-56', 'checkpoint-60']);
    const again = await run(undefined);
    expect(again.losses.size).toBe(0);
    expect(again.weights).toEqual(straight.weights);
  });

  it('is saved to when a stream or a callback fails, and the failure is what is thrown', async () => {
    const checkpoints = new CheckpointDirectory(directory);
    const trainDataset = async function* () {
      yield* tinyExamples(100);
      throw new Error('data.jsonl:101: no line');
    };
    const deaf = {
      onError: () => {
        throw new Error('no room for a log');
      },
    };
    const own = { shuffleBuffer: 30, saveSteps: 1000, evalSteps: 1000 };
    const { error } = await run(undefined, own, { trainDataset, checkpoints, callbacks: [deaf] });
    expect(error).toEqual(new Error('data.jsonl:101: no line'));
    expect(await checkpoints.steps()).toEqual([4]);
  });

  it('goes on for longer where the schedule does not know its end', async () => {
    const open = { schedule: 'constant', evalSteps: 1000, ema: undefined } as const;
    const straight = await run(undefined, { ...open, maxSteps: 40 }, {});
    const checkpoints = new CheckpointDirectory(directory);
    await run(undefined, { ...open, maxSteps: 25 }, { checkpoints });
    const longer = await run(undefined, { ...open, maxSteps: 40, saveSteps: 9 }, { checkpoints });
    expect([...longer.losses.keys()][0]).toBe(26);
    for (const [step, loss] of longer.losses) expect(loss).toBe(straight.losses.get(step));
  });

  it('streams go on where they were, too', async () => {
    const trainDataset = () => tinyExamples(100);
    const options = { trainDataset, checkpoints: new CheckpointDirectory(directory) };
    const straight = await run(undefined, { shuffleBuffer: 30 }, { trainDataset });
    const first = await run({ at: 33, by: 'error' }, { shuffleBuffer: 30 }, options);
    const second = await run(undefined, { shuffleBuffer: 30 }, options);
    expect(second.losses.size).toBe(60 - 33);
    expect(new Map([...first.losses, ...second.losses])).toEqual(straight.losses);
  });

  it('has files that are read by people and by fromPretrained', async () => {
    const sizes = { vocabSize: 7, decoderVocabSize: 7, maxLength: 6, embeddingSize: 4, hiddenSize: 4 };
    const model = RnnSeq2Seq.fromConfig({ ...sizes, padTokenId: 0, eosTokenId: 3, decoderStartTokenId: 2 });
    const checkpoints = new CheckpointDirectory(directory);
    const { signal, ...rest } = { signal: undefined, ...args };
    await new Trainer({
      model,
      args: { ...rest, ema: undefined, maxSteps: 20 },
      trainDataset,
      evalDataset: trainDataset,
      checkpoints,
    }).train();
    const path = checkpoints.directoryOf(20);
    expect((await readdir(path)).sort()).toEqual([
      'best.safetensors',
      'config.json',
      'model.safetensors',
      'optimizer.safetensors',
      'trainer_state.json',
    ]);
    expect(JSON.parse(await readFile(join(path, 'trainer_state.json'), 'utf8'))).toMatchObject({
      step: 20,
      epoch: 4,
      batch: 0,
      training: { batchSize: 10, optimizer: 'adamW', totalSteps: 20 },
      evaluations: [{ step: 12 }, { step: 20 }],
    });
    const loaded = await RnnSeq2Seq.fromPretrained(path);
    const values = (of: RnnSeq2Seq) =>
      of.namedParameters().map(([name, { id: _, ...parameter }]) => [name, parameter.shape]);
    expect(values(loaded)).toEqual(values(model));
    for (const each of [model, loaded]) each.dispose();
  });

  it('removes what a process that was killed left, and the oldest', async () => {
    await mkdir(join(directory, '.checkpoint-1-abc.tmp'));
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await run({ at: 30 });
    expect((await readdir(directory)).sort()).toEqual(['checkpoint-28', 'checkpoint-30', 'notes.txt']);
    await new CheckpointDirectory(directory).clear();
    expect(await readdir(directory)).toEqual(['notes.txt']);
  });

  it('averages the newest, for the model to have', async () => {
    const checkpoints = new CheckpointDirectory(directory, { keep: 3 });
    await run(undefined, { ema: undefined }, { checkpoints });
    const model = new TinyModel();
    const trainer = new Trainer({ model, args: { maxSteps: 1 }, checkpoints });
    const read = async (step: number) => {
      const bytes = await readFile(join(checkpoints.directoryOf(step), 'model.safetensors'));
      return readSafetensors(bytes, '').tensors.get('decoder.last')!.data as Float32Array;
    };
    const steps = await checkpoints.steps();
    expect(steps).toEqual([49, 56, 60]);
    for (const count of [undefined, 2]) {
      await trainer.averageCheckpoints(count);
      const each = await Promise.all(steps.slice(-(count ?? 3)).map(read));
      const means = each[0]!.map(
        (_, place) => each.reduce((sum, values) => sum + values[place]!, 0) / each.length,
      );
      expect(model.last.dataSync()).toEqual(means);
    }
    await expect(trainer.averageCheckpoints(4)).rejects.toThrow('must have 4 checkpoints, but has 3');
    await expect(new Trainer({ model, args: { maxSteps: 1 } }).averageCheckpoints()).rejects.toThrow(
      'averageCheckpoints must have checkpoints that keep several, but the Trainer has none',
    );
    model.dispose();
  });

  it('keeps what it had when it cannot write', async () => {
    const kept = new CheckpointDirectory(join(directory, 'kept'));
    await run({ at: 20 }, {}, { checkpoints: kept });
    const before = (await kept.load())!;
    const wrong = new Map([['a', { shape: [2], values: Float32Array.of(1) }]]);
    const progress = { ...before.progress, step: 21 };
    await expect(kept.save({ ...before, progress, optimizer: wrong })).rejects.toThrow(
      /^checkpoint after step 21: /,
    );
    expect(await readdir(kept.path)).toEqual(['checkpoint-20']);
    expect(await kept.load()).toEqual(before);
  });

  it('is told to be no place before the first step', async () => {
    await writeFile(join(directory, 'notes.txt'), 'mine');
    const places = [join(directory, 'notes.txt'), join(directory, 'notes.txt', 'deep')];
    if (existsSync('/proc/self')) places.push('/proc/chui', '/proc/chui/deep');
    for (const path of places) {
      const { losses, error } = await run(undefined, {}, { checkpoints: new CheckpointDirectory(path) });
      expect(losses.size).toBe(0);
      expect(String(error)).toMatch(/^Error: .* must be a directory that can be written, but E[A-Z]+: .*$/);
      expect(String(error)).toContain(`${path} must`);
    }
    await run({ at: 1 }, {}, { checkpoints: new CheckpointDirectory(join(directory, 'a/b')) });
    expect(await readdir(join(directory, 'a/b'))).toEqual(['checkpoint-1']);
  });

  it('is that of one configuration of a model', async () => {
    const sizes = { vocabSize: 7, decoderVocabSize: 7, maxLength: 6, embeddingSize: 4, hiddenSize: 4 };
    const checkpoints = new CheckpointDirectory(directory);
    const train = async (dropout: number) => {
      const model = RnnSeq2Seq.fromConfig({ ...sizes, padTokenId: 0, decoderStartTokenId: 2, dropout });
      try {
        await new Trainer({ model, args: { maxSteps: 1 }, trainDataset, checkpoints }).train();
      } finally {
        model.dispose();
      }
    };
    await train(0.1);
    await train(0.1);
    await expect(train(0.2)).rejects.toThrow(
      'the checkpoint must be of the same training, but its config.dropout is 0.1, not 0.2',
    );
  });

  it('goes on for as long as a warm-up that is a share was made for', async () => {
    const checkpoints = new CheckpointDirectory(directory);
    const share = { schedule: 'constant', warmupRatio: 0.5, evalSteps: 1000 } as const;
    await run(undefined, { ...share, maxSteps: 4 }, { checkpoints });
    const { error } = await run(undefined, { ...share, maxSteps: 8 }, { checkpoints });
    expect(String(error)).toContain('its maxSteps is 4, not 8');
    const evaluated = { ...share, maxSteps: 4, evalBatchSize: 3 };
    expect((await run(undefined, evaluated, { checkpoints })).result).toMatchObject({ steps: 4 });
  });

  it('names the file that is missing or damaged, and what differs', async () => {
    const checkpoints = new CheckpointDirectory(directory);
    await run({ at: 20 }, {}, { checkpoints });
    const path = checkpoints.directoryOf(20);
    const { error } = await run(undefined, { learningRate: 0.5 }, { checkpoints });
    expect(String(error)).toContain(
      'the checkpoint must be of the same training, but its learningRate is 0.05, not 0.5; another directory, or none, begins anew',
    );
    const state = await readFile(join(path, 'trainer_state.json'), 'utf8');
    await writeFile(join(path, 'trainer_state.json'), state.slice(0, 100));
    await expect(checkpoints.load()).rejects.toThrow(`${path}/trainer_state.json must be JSON, but `);
    await writeFile(join(path, 'trainer_state.json'), state.replace('"format": 2', '"format": 1'));
    expect(String((await run(undefined, {}, { checkpoints })).error)).toContain(
      'the checkpoint must be of format 2, but is of 1',
    );
    await writeFile(join(path, 'optimizer.safetensors'), 'nothing');
    await expect(checkpoints.load()).rejects.toThrow(`${path}/optimizer.safetensors`);
    await rm(join(path, 'optimizer.safetensors'));
    await expect(checkpoints.load()).rejects.toThrow(
      `${path}/optimizer.safetensors must be there, but cannot be read: ENOENT`,
    );
    expect(() => new CheckpointDirectory(directory, { keep: 0 })).toThrow(
      'keep must be a positive integer, but is 0',
    );
    expect(existsSync(path)).toBe(true);
  });
});
