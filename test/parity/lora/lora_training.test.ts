import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyLora, BertForSequenceClassification, type LoraAdapter } from '@chui/models';
import { CheckpointDirectory, type CheckpointStore, Trainer, type TrainingArgs } from '@chui/training';
import { describe, expect, test } from 'vitest';
import { onEveryBackend } from '../../support/backends.js';

const config = {
  ...{ vocabSize: 30, hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 12 },
  ...{ maxPositionEmbeddings: 8, numLabels: 2 },
};

const examples = Array.from({ length: 12 }, (_, i) => ({
  inputIds: [1 + i, 2 + ((i * 7) % 20), 3],
  labels: i % 2,
}));

const valuesOf = (model: BertForSequenceClassification) =>
  new Map(model.namedParameters().map(([name, variable]) => [name, variable.dataSync().slice()]));

/** A model that is the same each time, and an adapter on it. */
function adapted(seed: number): { model: BertForSequenceClassification; adapter: LoraAdapter } {
  const model = BertForSequenceClassification.fromConfig(config, { seed: 1 });
  const adapter = applyLora(model, {
    ...{ r: 2, loraAlpha: 4, loraDropout: 0.2, targetModules: ['query', 'value'] },
    ...{ modulesToSave: ['classifier'], seed },
  });
  return { model, adapter };
}

function trainer(
  model: BertForSequenceClassification,
  args: Partial<TrainingArgs> = {},
  { checkpoints, onStep }: { checkpoints?: CheckpointStore; onStep?: () => void } = {},
) {
  return new Trainer({
    model: model as never,
    args: { maxSteps: 6, batchSize: 4, learningRate: 0.01, weightDecay: 0.1, logSteps: 1, seed: 3, ...args },
    trainDataset: examples,
    ...(checkpoints && { checkpoints }),
    callbacks: onStep ? [{ onStep }] : [],
  });
}

describe('a training of an adapter', () => {
  onEveryBackend(() => {
    test.each([false, true])(
      'changes what is its own, and nothing else; with recompute: %s',
      async (again) => {
        const { model, adapter } = adapted(2);
        const before = valuesOf(model);
        const { steps } = await trainer(model, { gradientCheckpointing: again }).train();
        expect(steps).toBe(6);
        const trained = /lora_[AB]\.weight$|^classifier\.(weight|bias)$/;
        let changed = 0;
        for (const [name, values] of valuesOf(model)) {
          if (trained.test(name)) expect(values, name).not.toEqual(before.get(name));
          else expect(values, name).toEqual(before.get(name));
          changed += Number(trained.test(name));
        }
        expect(changed).toBe(2 * 2 * 2 + 2);

        adapter.unload();
        const whole = new Map([...before].filter(([name]) => !name.includes('lora_')));
        expect(valuesOf(model)).toEqual(whole);
        model.dispose();
      },
    );
  });

  test('goes on from a checkpoint as if it had not stopped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lora-'));
    try {
      const { model: whole } = adapted(2);
      await trainer(whole).train();

      const { model: first } = adapted(2);
      const controller = new AbortController();
      let step = 0;
      const onStep = () => {
        if (++step === 3) controller.abort();
      };
      const checkpoints = new CheckpointDirectory(folder);
      const { stopped } = await trainer(
        first,
        { signal: controller.signal },
        { checkpoints, onStep },
      ).train();
      expect(stopped).toBe('aborted');

      const { model: second } = adapted(9);
      await trainer(second, {}, { checkpoints }).train();
      expect(step).toBe(3);
      expect(valuesOf(second)).toEqual(valuesOf(whole));
      for (const model of [whole, first, second]) model.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
