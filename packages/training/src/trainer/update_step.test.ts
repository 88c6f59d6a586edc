import '@tensorflow/tfjs-layers';
import { RnnSeq2Seq, TransformerSeq2Seq } from '@chui/models';
import { adamW, lion, setSeed, sgd, useBackend } from '@chui/runtime';
import { memory, tidy, train, variableGrads } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Batch } from '../data/batch.js';
import { Batches } from '../data/batches.js';
import { dataCollatorForSeq2Seq } from '../data/collators/data_collator_for_seq2seq.js';
import { EvalStep } from './eval_step.js';
import { batchLoss, batchTensors } from './model.js';
import { Trainer } from './trainer.js';
import { UpdateStep } from './update_step.js';

const ids = { padTokenId: 0, eosTokenId: 3, decoderStartTokenId: 2 };
const sizes = { vocabSize: 20, decoderVocabSize: 15, maxLength: 12, ...ids };

const models = {
  'RNN without attention': (dropout: number) =>
    RnnSeq2Seq.fromConfig(
      { ...sizes, dropout, embeddingSize: 12, hiddenSize: 12, attention: 'none' },
      { seed: 4 },
    ),
  'RNN with attention': (dropout: number) =>
    RnnSeq2Seq.fromConfig(
      { ...sizes, dropout, embeddingSize: 12, hiddenSize: 12, attention: 'general' },
      { seed: 4 },
    ),
  Transformer: (dropout: number) =>
    TransformerSeq2Seq.fromConfig(
      {
        ...sizes,
        dropout,
        dModel: 12,
        encoderLayers: 1,
        decoderLayers: 1,
        encoderAttentionHeads: 3,
        decoderAttentionHeads: 3,
        encoderFfnDim: 24,
        decoderFfnDim: 24,
        maxPositionEmbeddings: 16,
      },
      { seed: 4 },
    ),
};

/** Source and target texts of several lengths: the target is the source backwards. */
const examples = Array.from({ length: 24 }, (_, index) => {
  const inputIds = Array.from({ length: 2 + (index % 6) }, (_, place) => 4 + ((3 * index + 5 * place) % 11));
  return { inputIds, labels: [...inputIds.toReversed(), ids.eosTokenId] };
});
const batches = new Batches(examples, {
  collator: dataCollatorForSeq2Seq(ids),
  batchSize: 6,
  lengthMultiple: 4,
});

describe.skipIf(!inject('hasNativeBackend'))('compiled steps', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  const optimizers = {
    AdamW: () => adamW({ learningRate: 0.01, clipNorm: 1 }),
    SGD: () => sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, clipNorm: 1 }),
    Lion: () => lion({ learningRate: 0.003, weightDecay: 0.1, clipNorm: 1 }),
  };
  const cases = [
    ...Object.entries(models).flatMap(([name, make]) => [
      { name, make, dropout: 0, by: 'AdamW' as const },
      { name, make, dropout: 0.3, by: 'AdamW' as const },
    ]),
    { name: 'Transformer', make: models.Transformer, dropout: 0.3, by: 'SGD' as const },
    { name: 'Transformer', make: models.Transformer, dropout: 0.3, by: 'Lion' as const },
  ];

  for (const { name, make, dropout, by } of cases) {
    it(`train the ${name} as steps op by op do, dropout ${dropout}, by ${by}`, () => {
      const [plain, compiled] = [false, true].map((fast) => {
        const model = make(dropout);
        const variables = model.trainableVariables();
        const optimizer = optimizers[by]();
        const step = new UpdateStep({ model, optimizer, variables, args: { labelSmoothing: 0.1 } });
        const loss = new EvalStep(model, undefined);
        const options = { training: true, labelSmoothing: 0.1 };
        const plainStep = ({ parts: [part] }: Batch) =>
          tidy(() => {
            const inputs = batchTensors(part!);
            const { value, grads } = variableGrads(() => batchLoss(model, inputs, options), variables);
            optimizer.applyGradients(grads);
            return value;
          });
        setSeed(9);
        const losses: number[] = [];
        let early = 0;
        for (let epoch = 0; losses.length < 50; epoch++) {
          for (const batch of batches.epoch(epoch)) {
            const value = fast ? step.run(batch) : plainStep(batch);
            losses.push(value.dataSync()[0]!);
            value.dispose();
          }
          if (epoch === 2) early = memory().numTensors;
        }
        expect(memory().numTensors).toBe(early);
        for (const batch of batches.inOrder()) {
          const value = fast
            ? loss.run(batch.parts[0]!).loss!
            : tidy(() => batchLoss(model, batchTensors(batch.parts[0]!), { training: false }));
          losses.push(value.dataSync()[0]!);
          value.dispose();
        }
        const parameters = variables.flatMap((variable) => [...variable.dataSync()]);
        step.dispose();
        loss.dispose();
        optimizer.dispose();
        model.dispose();
        return { losses, parameters };
      });
      expect(compiled!.losses.length).toBeGreaterThan(50);
      expect(compiled!.losses.at(-1)).toBeLessThan(compiled!.losses[0]!);
      for (const key of ['losses', 'parameters'] as const) {
        const worst = compiled![key].reduce(
          (most, value, index) => Math.max(most, Math.abs(value - plain![key][index]!)),
          0,
        );
        expect(worst, key).toBeLessThanOrEqual(1e-5);
      }
    });
  }

  it('are the same when blocks are recomputed, dropout included', () => {
    const runs = [false, true].map((gradientCheckpointing) => {
      const model = models.Transformer(0.3) as TransformerSeq2Seq;
      const optimizer = adamW({ learningRate: 0.01, clipNorm: 1 });
      const variables = model.trainableVariables();
      const step = new UpdateStep({ model, optimizer, variables, args: { gradientCheckpointing } });
      setSeed(9);
      const losses = [...batches.epoch(0), ...batches.epoch(1)].map((batch) => {
        const result = step.run(batch);
        const [loss] = result.dataSync();
        result.dispose();
        return loss;
      });
      for (const each of [step, optimizer, model]) each.dispose();
      return losses;
    });
    expect(runs[1]).toEqual(runs[0]);
  });

  it('come near to float32 in bfloat16', async () => {
    const run = async (precision: 'float32' | 'bfloat16') => {
      const model = models.Transformer(0.1);
      const losses: number[] = [];
      await new Trainer({
        model,
        args: { epochs: 10, batchSize: 6, lengthMultiple: 4, learningRate: 0.01, logSteps: 4, precision },
        trainDataset: examples,
        callbacks: [{ onStep: ({ loss }) => void losses.push(loss) }],
      }).train();
      model.dispose();
      return losses;
    };
    const [single, half] = [await run('float32'), await run('bfloat16')];
    expect(half).not.toEqual(single);
    expect(half.at(-1)).toBeLessThan(0.9 * half[0]!);
    for (const [index, loss] of single.entries())
      expect(Math.abs(half[index]! / loss - 1)).toBeLessThan(0.05);
  });

  it('leave an optimizer that holds numbers to JavaScript', () => {
    const model = models['RNN without attention'](0);
    const optimizer = train.sgd(0.1);
    const step = new UpdateStep({ model, optimizer, variables: model.trainableVariables(), args: {} });
    const [batch] = [...batches.inOrder()];
    const losses = [0.1, 0, 0].map((rate) => {
      optimizer.setLearningRate(rate);
      const loss = step.run(batch!);
      const value = loss.dataSync()[0]!;
      loss.dispose();
      return value;
    });
    expect(losses[1]).toBeLessThan(losses[0]!);
    expect(losses[2]).toBe(losses[1]);
    step.dispose();
    optimizer.dispose();
    model.dispose();
  });
});
