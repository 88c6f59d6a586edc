import { crossEntropy, encoderBlock, linear, tokenEmbedding } from '@chui/layers';
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
import { input } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { leavesMemoryAsItWas } from '../support/memory.js';

const [VOCABULARY, BATCH, LENGTH, STEPS] = [20, 8, 9, 50];

/** A Transformer's encoder that learns a class from the first of some ids. */
function makeEncoder(dropout: number) {
  const options = { numHeads: 4, hiddenDim: 32, activation: 'gelu', dropout } as const;
  const layers = [
    tokenEmbedding({ vocabSize: VOCABULARY, dim: 16 }),
    encoderBlock(options),
    encoderBlock(options),
    linear({ units: 3 }),
  ] as const;
  const logits = (ids: Tensor, training: boolean) => {
    const states = layers.slice(0, 3).reduce((x, layer) => layer.apply(x, { training }) as Tensor, ids);
    return layers[3].apply(mean(states, 1)) as Tensor;
  };
  layers.reduce<unknown>((x, layer) => layer.apply(x as Tensor), input({ shape: [null], dtype: 'int32' }));
  return {
    variables: layers.flatMap(({ trainableWeights }) =>
      trainableWeights.map((each) => each.read() as Variable),
    ),
    loss: (ids: Tensor2D): Scalar =>
      crossEntropy(logits(ids, true), ids.slice([0, 0], [BATCH, 1]).reshape([BATCH]).mod(3).toInt()),
    dispose: () => {
      for (const layer of layers) layer.dispose();
    },
  };
}

const batch = (at: number) =>
  tensor2d(
    Int32Array.from({ length: BATCH * LENGTH }, (_, i) => 4 + ((7 * i * (at % 5) + 3 * i) % 16)),
    [BATCH, LENGTH],
    'int32',
  );

/** Losses of the steps, and the parameters after them. */
function train({ dropout = 0, compiled = true, xla = false, seed = 1, epsilon = 1e-8 }) {
  setSeed(1);
  const encoder = makeEncoder(dropout);
  setSeed(seed);
  const optimizer = adamW({ learningRate: 2e-3, epsilon, clipNorm: 1 });
  const plain = (ids: Tensor2D) => optimizer.minimize(() => encoder.loss(ids), true, encoder.variables)!;
  const step = jit(plain, { xla });
  const losses = Array.from({ length: STEPS }, (_, at) =>
    tidy(() => (compiled ? step : plain)(batch(at)).dataSync()[0]!),
  );
  const parameters = encoder.variables.flatMap((variable) => [...variable.dataSync()]);
  expect(step.stats().hits).toBe(compiled ? STEPS - 1 : 0);
  for (const each of [step, optimizer, encoder]) each.dispose();
  return { losses, parameters };
}

const apart = (a: number[], b: number[]) =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe.skipIf(!inject('hasNativeBackend'))('50 compiled steps of an encoder', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  it.each([
    { xla: false, epsilon: 1e-8 },
    // A bias of the keys has no gradient but what is rounded off, which XLA does in its own way; a small ε makes it large.
    { xla: true, epsilon: 1e-3 },
  ])('are those op by op: %o', ({ xla, epsilon }) => {
    const plain = train({ compiled: false, epsilon });
    const compiled = train({ xla, epsilon });
    expect(plain.losses.at(-1)!).toBeLessThan(0.9 * plain.losses[0]!);
    expect(apart(compiled.losses, plain.losses)).toBeLessThan(1e-5);
    expect(apart(compiled.parameters, plain.parameters)).toBeLessThan(1e-5);
  });

  it('are the same again with the same seed, with dropout', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => train({ dropout: 0.3, seed }));
    expect(again).toEqual(first);
    expect(apart(other!.losses, first!.losses)).toBeGreaterThan(1e-3);
  });

  it('drop other numbers at each step', () => {
    const encoder = makeEncoder(0.3);
    const loss = jit(encoder.loss);
    const losses = Array.from({ length: 5 }, () => tidy(() => loss(batch(1)).dataSync()[0]!));
    expect(new Set(losses).size).toBe(5);
    for (const each of [loss, encoder]) each.dispose();
  });
});
