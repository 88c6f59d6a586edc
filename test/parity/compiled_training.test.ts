import { crossEntropy, encoderBlock, linear, tokenEmbedding } from '@chui/layers';
import { RnnSeq2Seq, type Seq2SeqModel, TransformerSeq2Seq } from '@chui/models';
import { adamW, jit, setSeed, useBackend } from '@chui/runtime';
import {
  mean,
  type Scalar,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { input, type layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { leavesMemoryAsItWas } from '../support/memory.js';

const [VOCABULARY, BATCH, LENGTH, STEPS] = [20, 8, 9, 50];

interface Trained {
  readonly variables: Variable[];
  loss(ids: Tensor2D, options: { training: boolean }): Scalar;
  dispose(): void;
}

const size = { vocabSize: VOCABULARY, decoderVocabSize: VOCABULARY };
const rnn = { ...size, embeddingSize: 12, hiddenSize: 16 };

/** Learns to say its input again. */
function seq2seq(model: Seq2SeqModel): Trained {
  return {
    variables: model.trainableVariables(),
    loss: (ids, options) => model.forward({ inputIds: ids, labels: ids }, options).loss!,
    dispose: () => model.dispose(),
  };
}

/** Learns the kinds of its input's first token. */
function encoder(dropout: number): Trained {
  setSeed(1);
  const options = { numHeads: 4, hiddenDim: 32, activation: 'gelu', dropout } as const;
  const embedding = tokenEmbedding({ vocabSize: VOCABULARY, dim: 16 });
  const all: layers.Layer[] = [embedding, encoderBlock(options), encoderBlock(options), linear({ units: 3 })];
  const logits = (ids: Tensor, training: boolean) => {
    const states = all.slice(0, -1).reduce((x, layer) => layer.apply(x, { training }) as Tensor, ids);
    return all.at(-1)!.apply(mean(states, 1)) as Tensor;
  };
  all.reduce<unknown>((x, layer) => layer.apply(x as Tensor), input({ shape: [null], dtype: 'int32' }));
  return {
    variables: all.flatMap(({ trainableWeights }) => trainableWeights.map((each) => each.read() as Variable)),
    loss: (ids, { training }) =>
      crossEntropy(logits(ids, training), ids.slice([0, 0], [BATCH, 1]).reshape([BATCH]).mod(3).toInt()),
    dispose: () => {
      for (const layer of all) layer.dispose();
    },
  };
}

const models: Record<string, (dropout: number) => Trained> = {
  'an RNN': (dropout) => seq2seq(RnnSeq2Seq.fromConfig({ ...rnn, attention: 'none', dropout }, { seed: 1 })),
  'an RNN with attention': (dropout) => seq2seq(RnnSeq2Seq.fromConfig({ ...rnn, dropout }, { seed: 1 })),
  'a Transformer': (dropout) =>
    seq2seq(
      TransformerSeq2Seq.fromConfig(
        { ...size, dModel: 16, encoderFfnDim: 32, decoderFfnDim: 32, dropout },
        { seed: 1 },
      ),
    ),
  'an encoder': encoder,
};

/** Losses of the steps, and the parameters after them. */
function train(
  make: (dropout: number) => Trained,
  { dropout = 0, compiled = true, xla = false, seed = 1, epsilon = 1e-8 },
) {
  const model = make(dropout);
  setSeed(seed);
  const optimizer = adamW({ learningRate: 2e-3, epsilon, clipNorm: 1 });
  const plain = (ids: Tensor2D) =>
    optimizer.minimize(() => model.loss(ids, { training: true }), true, model.variables)!;
  const step = jit(plain, { xla });
  const losses = Array.from({ length: STEPS }, (_, at) =>
    tidy(() => {
      const ids = Int32Array.from(
        { length: BATCH * LENGTH },
        (_, i) => 4 + ((7 * i * (at % 5) + 3 * i) % 16),
      );
      const inputs = tensor2d(ids, [BATCH, LENGTH], 'int32');
      return (compiled ? step(inputs) : plain(inputs)).dataSync()[0]!;
    }),
  );
  const parameters = model.variables.flatMap((variable) => [...variable.dataSync()]);
  expect(step.stats().hits).toBe(compiled ? STEPS - 1 : 0);
  for (const each of [step, optimizer, model]) each.dispose();
  return { losses, parameters };
}

const apart = (a: number[], b: number[]) =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe.skipIf(!inject('hasNativeBackend'))('50 compiled steps', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  for (const [name, make] of Object.entries(models)) {
    it(`train ${name} as without jit`, () => {
      const plain = train(make, { compiled: false });
      const compiled = train(make, {});
      expect(plain.losses.at(-1)!).toBeLessThan(0.99 * plain.losses[0]!);
      expect(apart(compiled.losses, plain.losses)).toBeLessThan(1e-5);
      expect(apart(compiled.parameters, plain.parameters)).toBeLessThan(1e-5);
    });

    it(`drop other numbers of ${name} at each step, and the same with the same seed`, () => {
      const [first, again, other] = [1, 1, 2].map((seed) => train(make, { dropout: 0.3, seed }));
      expect(again).toEqual(first);
      expect(apart(other!.losses, first!.losses)).toBeGreaterThan(1e-3);
      const model = make(0.3);
      const loss = jit((ids: Tensor2D) => model.loss(ids, { training: true }));
      const ids = tensor2d(
        Array.from({ length: BATCH * LENGTH }, (_, i) => 4 + (i % 16)),
        [BATCH, LENGTH],
        'int32',
      );
      const losses = Array.from({ length: 5 }, () => tidy(() => loss(ids).dataSync()[0]!));
      expect(new Set(losses).size).toBe(5);
      for (const each of [loss, ids, model]) each.dispose();
    });
  }

  it('train an encoder as without jit, with XLA', () => {
    // A bias of the keys has no gradient but what is rounded off, which differs, and which a small ε makes large.
    const epsilon = 1e-3;
    const plain = train(encoder, { compiled: false, epsilon });
    const compiled = train(encoder, { xla: true, epsilon });
    expect(apart(compiled.losses, plain.losses)).toBeLessThan(1e-5);
    expect(apart(compiled.parameters, plain.parameters)).toBeLessThan(1e-5);
  });
});
