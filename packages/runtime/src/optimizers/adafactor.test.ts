import { readFileSync } from 'node:fs';
import { memory, tensor, tidy, type Variable, variable } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { jit } from '../jit/index.js';
import { Adafactor, type AdafactorOptions, adafactor } from './adafactor.js';

/** What transformers says; made by test/parity/optimizers/make_adafactor_cases.py. */
const {
  shapes,
  cases,
}: {
  shapes: Record<string, number[]>;
  cases: { options: Partial<AdafactorOptions>; expected: Record<string, number[]> }[];
} = JSON.parse(readFileSync(new URL('../../../../test/fixtures/adafactor.json', import.meta.url), 'utf8'));

const wave = (shape: number[], seed: number) => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return tensor(
    Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 0.9 * seed) / 2),
    shape,
  );
};

let count = 0;
function variables(names = Object.keys(shapes)): Variable[] {
  count++;
  return names.map((name, i) =>
    tidy(() => variable(wave(shapes[name]!, i + 1), true, `${name}-adafactor-${count}`)),
  );
}

function step(optimizer: Adafactor, parameters: readonly Variable[], number: number): void {
  tidy(() => {
    optimizer.applyGradients(
      parameters.map(({ name, shape }, i) => ({ name, tensor: wave(shape, 10 * number + i) })),
    );
  });
}

describe('Adafactor', () => {
  onEveryBackend(() => {
    it.each(cases)("follows Hugging Face's with $options", ({ options, expected }) => {
      const parameters = variables();
      const optimizer = adafactor({ learningRate: 0.05, ...options });
      for (let number = 1; number <= 20; number++) step(optimizer, parameters, number);
      Object.values(expected).forEach((values, i) => {
        expectClose(parameters[i]!, values, 1e-5);
      });
      expect(optimizer.iterations).toBe(20);
      for (const owned of [optimizer, ...parameters]) owned.dispose();
    });

    it('keeps a row and a column of a matrix, and goes on from them', async () => {
      const [straight, stopped] = [variables(), variables()];
      const make = () => adafactor({ learningRate: 0.1, beta1: 0.5, clipNorm: 0.5 });
      const [whole, first, second] = [make(), make(), make()];
      for (let number = 1; number <= 6; number++) step(whole, straight, number);
      for (let number = 1; number <= 3; number++) step(first, stopped, number);
      const saved = await first.getWeights();
      expect(saved.map(({ name, tensor: { shape } }) => [name.replace(/-adafactor-\d+/, ''), shape])).toEqual(
        [
          ['step', []],
          ['kernel/row', [3]],
          ['stack/row', [2, 2]],
          ['kernel/column', [2]],
          ['stack/column', [2, 3]],
          ['bias/square', [2]],
          ['gain/square', []],
          ...Object.entries(shapes).map(([name, shape]) => [`${name}/m`, shape]),
        ],
      );
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
      for (const { tensor: each } of saved) each.dispose();
    });

    it.each([[['kernel']], [['bias', 'gain']]])('compiles, also for %s alone', (names) => {
      const [plain, compiled] = [variables(names), variables(names)];
      const [optimizer, other] = [adafactor({ learningRate: 0.1 }), adafactor({ learningRate: 0.1 })];
      const fast = jit((gradients: { name: string; tensor: ReturnType<typeof wave> }[]) =>
        other.applyGradients(gradients),
      );
      for (let number = 1; number <= 3; number++) {
        step(optimizer, plain, number);
        tidy(() =>
          fast(compiled.map(({ name, shape }, i) => ({ name, tensor: wave(shape, 10 * number + i) }))),
        );
      }
      compiled.forEach((parameter, i) => {
        expectClose(parameter, plain[i]!.dataSync(), 1e-6);
      });
      for (const owned of [fast, optimizer, other, ...plain, ...compiled]) owned.dispose();
    });
  });

  it('checks its options and round-trips through its configuration', () => {
    expect(() => adafactor({ learningRate: 1, decayRate: 0 })).toThrow('decayRate must be above 0, but is 0');
    expect(() => adafactor({ learningRate: 1, clipThreshold: -1 })).toThrow(
      'clipThreshold must be above 0, but is -1',
    );
    const optimizer = adafactor({ learningRate: 0.5, beta1: 0.5, nonFinite: 'skip', scaleParameter: false });
    const copy = Adafactor.fromConfig(Adafactor, optimizer.getConfig()) as Adafactor;
    expect(copy.getConfig()).toEqual(optimizer.getConfig());
    expect(copy.getConfig()).toMatchObject({ nonFinite: 'skip', scaleParameter: false });
    optimizer.dispose();
    copy.dispose();
  });
});
