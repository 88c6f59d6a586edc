import {
  add,
  cast,
  memory,
  mul,
  type NamedTensorMap,
  reshape,
  type Scalar,
  scalar,
  slice,
  sum,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { jit } from '../jit/index.js';
import { AdamW, type AdamWOptions, adamW } from './adam_w.js';

/** PyTorch's AdamW after its clip_grad_norm_, from their documentation, one number at a time in float64. */
class ScalarAdamW {
  private readonly state = new Map<string, { m: number[]; v: number[] }>();
  private t = 0;
  constructor(public options: AdamWOptions) {}

  step(parameters: Record<string, number[]>, gradients: Record<string, number[]>): number {
    const {
      learningRate: rate,
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-8,
      weightDecay = 0.01,
    } = this.options;
    const norm = Math.hypot(...Object.values(gradients).flat());
    const coefficient = Math.min(1, (this.options.clipNorm ?? Number.POSITIVE_INFINITY) / (norm + 1e-6));
    this.t++;
    for (const [name, theta] of Object.entries(parameters)) {
      const state = this.state.get(name) ?? { m: theta.map(() => 0), v: theta.map(() => 0) };
      this.state.set(name, state);
      const decay = this.options.excludeFromWeightDecay?.(name) ? 0 : weightDecay;
      for (let i = 0; i < theta.length; i++) {
        const g = gradients[name]![i]! * coefficient;
        theta[i]! *= 1 - rate * decay;
        state.m[i] = beta1 * state.m[i]! + (1 - beta1) * g;
        state.v[i] = beta2 * state.v[i]! + (1 - beta2) * g * g;
        const meanHat = state.m[i]! / (1 - beta1 ** this.t);
        theta[i]! -= (rate * meanHat) / (Math.sqrt(state.v[i]! / (1 - beta2 ** this.t)) + epsilon);
      }
    }
    return norm;
  }
}

const shapes: Record<string, number[]> = { kernel: [3, 2], bias: [2], gain: [] };

/** Fresh variables; their names are their own in each test. */
let count = 0;
function variables(): Record<string, Variable> {
  count++;
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], index) => {
      const first = filled(shape, index + 1);
      const made = variable(first, true, `${name}-${count}`);
      first.dispose();
      return [name, made];
    }),
  );
}

function gradientsAt(step: number, parameters: Record<string, Variable>): NamedTensorMap {
  return Object.fromEntries(
    Object.entries(parameters).map(([, { name, shape }], index) => [
      name,
      filled(shape, 100 * step + index, 3),
    ]),
  );
}

function disposeAll(...groups: Record<string, { dispose(): void }>[]): void {
  for (const group of groups) for (const each of Object.values(group)) each.dispose();
}

describe('AdamW', () => {
  onEveryBackend(() => {
    const cases: Record<string, Partial<AdamWOptions>> = {
      defaults: {},
      clipping: { clipNorm: 0.5, weightDecay: 0 },
      'every option': {
        beta1: 0.8,
        beta2: 0.98,
        epsilon: 1e-6,
        weightDecay: 0.1,
        clipNorm: 2,
        excludeFromWeightDecay: (name) => name.startsWith('bias'),
      },
    };
    for (const [title, options] of Object.entries(cases)) {
      it(`follows PyTorch's formulas with ${title}, the rate changed on the way`, () => {
        const parameters = variables();
        const optimizer = adamW({ learningRate: 0.01, ...options });
        const oracle = new ScalarAdamW({ learningRate: 0.01, ...options });
        const expected = Object.fromEntries(
          Object.values(parameters).map((each) => [each.name, [...each.dataSync()]]),
        );
        for (let step = 1; step <= 25; step++) {
          if (step === 10) {
            optimizer.setLearningRate(0.003);
            oracle.options = { ...oracle.options, learningRate: 0.003 };
          }
          const gradients = gradientsAt(step, parameters);
          const numbers = Object.fromEntries(
            Object.entries(gradients).map(([name, each]) => [name, [...each.dataSync()]]),
          );
          const norm = oracle.step(expected, numbers);
          optimizer.applyGradients(gradients);
          expectClose(optimizer.gradientNorm, [norm], 1e-5);
          disposeAll(gradients);
        }
        for (const each of Object.values(parameters)) expectClose(each, expected[each.name]!, 1e-5);
        expect(optimizer.step.dataSync()[0]).toBe(25);
        expect(optimizer.iterations).toBe(25);
        optimizer.dispose();
        disposeAll(parameters);
      });
    }

    it('minimizes, with as many tensors after 30 steps as after 3', () => {
      const parameters = variables();
      const optimizer = adamW({ learningRate: 0.05, weightDecay: 0, clipNorm: 1 });
      const loss = () =>
        Object.values(parameters).reduce<Tensor>(
          (acc, each) => add(acc, sum(mul(each, each))),
          scalar(0),
        ) as Scalar;
      let after3 = 0;
      for (let step = 1; step <= 30; step++) {
        optimizer.minimize(() => tidy(loss), false, Object.values(parameters));
        if (step === 3) after3 = memory().numTensors;
      }
      expect(memory().numTensors).toBe(after3);
      expect(tidy(() => loss().dataSync()[0])).toBeLessThan(0.3);
      optimizer.dispose();
      disposeAll(parameters);
    });

    it('continues from a saved state as if it had not stopped', async () => {
      const parameters = variables();
      const options = { learningRate: 0.02, clipNorm: 1 };
      const first = adamW(options);
      const apply = (optimizer: AdamW, step: number) => {
        const gradients = gradientsAt(step, parameters);
        optimizer.applyGradients(gradients);
        disposeAll(gradients);
      };
      for (let step = 1; step <= 5; step++) apply(first, step);
      const saved = await first.getWeights();
      const names = Object.values(parameters).map(({ name }) => name);
      expect(saved.map(({ name }) => name)).toEqual([
        'step',
        ...names.map((name) => `${name}/m`),
        ...names.map((name) => `${name}/v`),
      ]);
      expect(saved.map(({ tensor }) => tensor.shape).slice(1, 4)).toEqual(Object.values(shapes));
      const start = Object.values(parameters).map((each) => each.clone());
      for (let step = 6; step <= 9; step++) apply(first, step);
      const straight = Object.values(parameters).map((each) => each.dataSync());

      const second = adamW(options);
      await second.setWeights(saved);
      for (const [index, each] of Object.values(parameters).entries()) each.assign(start[index]!);
      for (let step = 6; step <= 9; step++) apply(second, step);
      for (const [index, each] of Object.values(parameters).entries())
        expectClose(each, straight[index]!, 1e-7);
      expect(second.iterations).toBe(9);
      disposeAll(parameters, { first, second }, Object.fromEntries(start.entries()));
      for (const { tensor } of saved) tensor.dispose();
    });

    it('leaves a parameter without a gradient, and its state, as they are', async () => {
      const parameters = variables();
      const optimizer = adamW({ learningRate: 0.1 });
      const { kernel, bias, gain } = parameters as Record<'kernel' | 'bias' | 'gain', Variable>;
      const state = async (name: string): Promise<Float32Array> => {
        const weights = await optimizer.getWeights();
        const found = weights.find((each) => each.name === name)!.tensor.dataSync();
        for (const { tensor } of weights) tensor.dispose();
        return found as Float32Array;
      };
      const all = gradientsAt(1, parameters);
      optimizer.applyGradients(all);
      const before = { value: bias.dataSync(), m: await state(`${bias.name}/m`) };
      const some = { [kernel.name]: all[kernel.name]!, [gain.name]: all[gain.name]! };
      optimizer.applyGradients(some);
      expect(bias.dataSync()).toEqual(before.value);
      expect(await state(`${bias.name}/m`)).toEqual(before.m);
      optimizer.applyGradients(all);
      expect(bias.dataSync()).not.toEqual(before.value);
      optimizer.dispose();
      disposeAll(parameters, all);
    });

    it('changes nothing that shares memory with a parameter or its state, and is compiled as it is not', async () => {
      const parameters = variables();
      const [compiled, plain] = [1, 2].map(() => adamW({ learningRate: 0.1, clipNorm: 1 })) as [AdamW, AdamW];
      const kernel = parameters.kernel!;
      const step = jit((gradients: NamedTensorMap) => compiled.applyGradients(gradients));
      for (let i = 1; i <= 2; i++) {
        const gradients = gradientsAt(i, parameters);
        const start = Object.values(parameters).map((each) => tensor(each.dataSync(), each.shape));
        // tfjs knows of the first, TensorFlow alone of the second.
        const shared = tidy(
          (): NamedTensorMap =>
            i === 1
              ? { clone: kernel.clone(), cast: cast(kernel, 'float32'), constant: variable(kernel, false) }
              : { reshaped: reshape(kernel, [6]), sliced: slice(kernel, [0, 0], [2, 2]) },
        );
        const states = await plain.getWeights();
        const read = kernel.dataSync();
        const before = [...Object.values(shared), ...states.map(({ tensor }) => tensor)];
        const numbers = before.map((each) => Array.from(each.dataSync()));
        const readNumbers = [...read];

        plain.applyGradients(gradients);
        expect(before.map((each) => Array.from(each.dataSync()))).toEqual(numbers);
        expect([...read]).toEqual(readNumbers);
        const changed = Object.values(parameters).map((each) => each.dataSync());
        expect(changed[0]).not.toEqual(read);

        for (const [index, each] of Object.values(parameters).entries()) each.assign(start[index]!);
        step(gradients);
        for (const [index, each] of Object.values(parameters).entries())
          expect(each.dataSync()).toEqual(changed[index]);
        disposeAll(gradients, shared, Object.fromEntries(start.entries()));
        for (const { tensor } of states) tensor.dispose();
      }
      step.dispose();
      disposeAll(parameters, { compiled, plain });
    });

    it('refuses a state of another shape, naming it', async () => {
      const parameters = variables();
      const optimizer = adamW({ learningRate: 0.1 });
      const { name } = parameters.bias!;
      const weights = [
        { name: 'step', tensor: scalar(1) },
        { name: `${name}/m`, tensor: tensor([1, 2, 3]) },
      ];
      await optimizer.setWeights(weights);
      const gradients = gradientsAt(1, parameters);
      expect(() => optimizer.applyGradients(gradients)).toThrow(`${name}/m must be of shape (2), but is (3)`);
      await expect(optimizer.setWeights([])).rejects.toThrow('weights must have a step');
      for (const { tensor } of weights) tensor.dispose();
      optimizer.dispose();
      disposeAll(parameters, gradients);
    });
  });

  it('checks its options and round-trips through its configuration', () => {
    expect(() => adamW({ learningRate: -1 })).toThrow('learningRate must be at least 0, but is -1');
    expect(() => adamW({ learningRate: 1, beta1: 1 })).toThrow(
      'beta1 must be at least 0 and below 1, but is 1',
    );
    expect(() => adamW({ learningRate: 1, clipNorm: 0 })).toThrow('clipNorm must be above 0, but is 0');
    const optimizer = adamW({ learningRate: 0.5, beta2: 0.98, clipNorm: 3 });
    const copy = AdamW.fromConfig(AdamW, optimizer.getConfig()) as AdamW;
    expect(copy.getConfig()).toEqual(optimizer.getConfig());
    optimizer.dispose();
    copy.dispose();
  });
});
