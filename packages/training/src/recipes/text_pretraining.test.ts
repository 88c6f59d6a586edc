import { BertForMaskedLM, BertForPreTraining } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { argMax, logSoftmax, type Tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Nested } from '../trainer/predictions.js';
import { TextPretraining, textPretrainingScores } from './text_pretraining.js';

const sizes = {
  vocabSize: 11,
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 8,
  maxPositionEmbeddings: 4,
  initializerRange: 1,
};
const ids = [
  [1, 5, 6, 2],
  [1, 7, 2, 0],
];
const inputsOf = () => ({
  inputIds: tensor2d(ids, undefined, 'int32'),
  attentionMask: tensor2d(
    [
      [1, 1, 1, 1],
      [1, 1, 1, 0],
    ],
    undefined,
    'int32',
  ),
  labels: tensor2d(
    [
      [-100, 5, 4, -100],
      [-100, 9, -100, -100],
    ],
    undefined,
    'int32',
  ),
});
let inputs: ReturnType<typeof inputsOf>;
const rows = (logits: Tensor | undefined) => logits!.arraySync() as Nested[];

beforeAll(async () => {
  await useBackend('cpu');
  inputs = inputsOf();
});

describe('TextPretraining', () => {
  it('gives the loss of the model, and scores that fit it', () => {
    const model = BertForMaskedLM.fromConfig(sizes, { seed: 1 });
    const said = argMax(model.forward(inputs).logits, -1).arraySync() as number[][];
    const { loss, logits } = new TextPretraining(model).forward(inputs, { training: false });
    expect(rows(logits).map((row) => (row as number[])[1])).toEqual([2, 1]);
    const { perplexity, ...scores } = textPretrainingScores(rows(logits), { hasPairs: false });
    expect(Math.log(perplexity)).toBeCloseTo(loss!.arraySync(), 5);
    const right = [said[0]![1] === 5, said[0]![2] === 4, said[1]![1] === 9].filter(Boolean).length;
    expect(scores).toEqual({ accuracy: right / 3 });
    expect(new TextPretraining(model).forward(inputs, { training: true })).not.toHaveProperty('logits');
    model.dispose();
  });

  it('parts the loss of pairs', () => {
    const model = BertForPreTraining.fromConfig(sizes, { seed: 1 });
    const pairs = model.forward(inputs).seqRelationshipLogits;
    const [first, second] = argMax(pairs, -1).arraySync() as number[];
    const nextSentenceLabel = tensor1d([first!, 1 - second!], 'int32');
    const trained = new TextPretraining(model);
    const { loss, logits } = trained.forward({ ...inputs, nextSentenceLabel }, { training: false });
    const scores = textPretrainingScores(rows(logits), { hasPairs: true });
    expect(scores.nextSentenceAccuracy).toBe(0.5);
    const [[a, b], [c, d]] = logSoftmax(pairs).arraySync() as [[number, number], [number, number]];
    const pairLoss = -([a, b][first!]! + [c, d][1 - second!]!) / 2;
    expect(scores.maskedLoss! + pairLoss).toBeCloseTo(loss!.arraySync(), 4);
    expect(trained.namedParameters().map(([name]) => name)).toContain('cls.seq_relationship.weight');
    model.dispose();
  });
});
