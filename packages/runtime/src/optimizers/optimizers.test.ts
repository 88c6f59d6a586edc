import { readFileSync } from 'node:fs';
import { memory, tensor1d, type Variable, variable } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { adam } from './adam_w.js';
import type { FlatOptimizer } from './flat_optimizer.js';
import { Lion, lion } from './lion.js';
import { Sgd, sgd } from './sgd.js';

interface Case {
  kind: 'sgd' | 'lion' | 'adam';
  options: object;
  expected: Record<string, number[]>;
}

/** What optax says, with its formulas of parameters and gradients. */
const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../../../test/fixtures/optimizers.json', import.meta.url), 'utf8'),
);
const makers = { sgd, lion, adam };
const sizes = { kernel: 6, bias: 2, gain: 1 };
const wave = (size: number, seed: number) =>
  tensor1d(Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 0.9 * seed) / 2));

let count = 0;
function variables(): Variable[] {
  count++;
  return Object.entries(sizes).map(([name, size], i) => {
    const first = wave(size, i + 1);
    const made = variable(first, true, `${name}-optimizers-${count}`);
    first.dispose();
    return made;
  });
}

function step(optimizer: FlatOptimizer, parameters: readonly Variable[], number: number): void {
  const gradients = parameters.map(({ name, size }, i) => ({ name, tensor: wave(size, 10 * number + i) }));
  optimizer.applyGradients(gradients);
  for (const { tensor } of gradients) tensor.dispose();
}

describe('optimizers', () => {
  onEveryBackend(() => {
    it.each(cases)('$kind follows optax with $options', ({ kind, options, expected }) => {
      const parameters = variables();
      const optimizer = makers[kind]({ learningRate: 0.05, ...options });
      for (let number = 1; number <= 20; number++) step(optimizer, parameters, number);
      Object.keys(sizes).forEach((name, i) => {
        expectClose(parameters[i]!, expected[name]!, 1e-5);
      });
      expect(optimizer.iterations).toBe(20);
      optimizer.dispose();
      for (const parameter of parameters) parameter.dispose();
    });

    it.each([
      ['sgd', () => sgd({ learningRate: 0.1, momentum: 0.9, clipNorm: 0.5 })],
      ['lion', () => lion({ learningRate: 0.1, clipNorm: 0.5 })],
    ] as const)('%s goes on from a saved state, and keeps no tensors', async (_, make) => {
      const [straight, stopped] = [variables(), variables()];
      const [whole, first, second] = [make(), make(), make()];
      for (let number = 1; number <= 6; number++) step(whole, straight, number);
      for (let number = 1; number <= 3; number++) step(first, stopped, number);
      const saved = await first.getWeights();
      await second.setWeights(saved);
      step(second, stopped, 4);
      const { numTensors } = memory();
      step(second, stopped, 5);
      step(second, stopped, 6);
      expect(memory().numTensors).toBe(numTensors);
      stopped.forEach((parameter, i) => {
        expectClose(parameter, straight[i]!.dataSync(), 1e-6);
      });
      for (const owned of [whole, first, second, ...straight, ...stopped]) owned.dispose();
      for (const { tensor } of saved) tensor.dispose();
    });

    it('clip all gradients together, and leave out what does not decay', () => {
      const parameters = variables();
      const excludeFromWeightDecay = (name: string) => name.startsWith('bias');
      const clipped = sgd({ learningRate: 1, clipNorm: 0.1, weightDecay: 0.5, excludeFromWeightDecay });
      const before = parameters.map((parameter) => [...parameter.dataSync()]);
      step(clipped, parameters, 1);
      const gradients = parameters.map(({ size }, i) => {
        const gradient = wave(size, 10 + i);
        const values = [...gradient.dataSync()];
        gradient.dispose();
        return values;
      });
      const norm = Math.hypot(...gradients.flat());
      expectClose(clipped.gradientNorm, [norm], 1e-5);
      parameters.forEach((parameter, i) => {
        const decay = parameter.name.startsWith('bias') ? 0 : 0.5;
        const expected = before[i]!.map(
          (value, k) => value - (gradients[i]![k]! * 0.1) / (norm + 1e-6) - decay * value,
        );
        expectClose(parameter, expected, 1e-5);
      });
      for (const owned of [clipped, ...parameters]) owned.dispose();
    });
  });

  it('check their options and round-trip through their configurations', () => {
    expect(() => sgd({ learningRate: 1, momentum: 1 })).toThrow(
      'momentum must be at least 0 and below 1, but is 1',
    );
    expect(() => sgd({ learningRate: 1, nesterov: true })).toThrow('momentum must be above 0 for nesterov');
    expect(() => lion({ learningRate: 1, beta2: -1 })).toThrow(
      'beta2 must be at least 0 and below 1, but is -1',
    );
    expect(() => lion({ learningRate: 1, weightDecay: -1 })).toThrow(
      'weightDecay must be at least 0, but is -1',
    );
    for (const [type, optimizer] of [
      [Sgd, sgd({ learningRate: 0.5, momentum: 0.5, nesterov: true, clipNorm: 2 })],
      [Lion, lion({ learningRate: 0.5, beta1: 0.5, weightDecay: 3 })],
    ] as const) {
      const copy = type.fromConfig<Sgd | Lion>(type as never, optimizer.getConfig());
      expect(copy.getConfig()).toEqual(optimizer.getConfig());
      optimizer.dispose();
      copy.dispose();
    }
  });
});
