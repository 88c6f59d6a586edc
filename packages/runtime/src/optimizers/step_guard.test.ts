import {
  add,
  matMul,
  mean,
  memory,
  mul,
  type Scalar,
  scalar,
  square,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { expectClose } from '../../../../test/support/gradients.js';
import { filled } from '../../../../test/support/values.js';
import { jit } from '../jit/index.js';
import { adafactor } from './adafactor.js';
import { adamW } from './adam_w.js';
import type { FlatOptimizer, FlatOptimizerOptions } from './flat_optimizer.js';
import { lion } from './lion.js';
import { sgd } from './sgd.js';

type Guarded = Pick<FlatOptimizerOptions, 'nonFinite' | 'clipNorm' | 'learningRateOf'>;

const makers: Record<string, (options: Guarded) => FlatOptimizer> = {
  AdamW: (options) => adamW({ learningRate: 0.1, weightDecay: 0.1, ...options }),
  SGD: (options) => sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1, ...options }),
  'SGD without momentum': (options) => sgd({ learningRate: 0.1, ...options }),
  Adafactor: (options) => adafactor({ learningRate: 0.1, weightDecay: 0.1, beta1: 0.5, ...options }),
  Lion: (options) => lion({ learningRate: 0.1, weightDecay: 0.1, ...options }),
};
const shapes = { kernel: [3, 2], bias: [2] };

let count = 0;
/** The variables of a linear map, and steps that bring it closer to a constant. */
function model(optimizer: FlatOptimizer) {
  count++;
  const variables = Object.entries(shapes).map(([name, shape], index) =>
    tidy(() => variable(filled(shape, index + 1), true, `${name}-guard-${count}`)),
  ) as [Variable, Variable];
  const step = (inputs: Tensor, factor: Tensor): Tensor => {
    const { value, grads } = variableGrads(() => {
      const [kernel, bias] = variables;
      const outputs = add(matMul(inputs as Tensor2D, kernel as Tensor as Tensor2D), bias);
      return mul(mean(square(outputs)), factor) as Scalar;
    }, variables);
    optimizer.applyGradients(grads, value);
    return value;
  };
  const values = () => variables.map((each) => [...each.dataSync()]);
  const dispose = () => {
    for (const each of [optimizer, ...variables]) each.dispose();
  };
  return { variables, step, values, dispose };
}

/** Makes a step whose inputs are finite, or whose first is the number given. */
function run(step: (inputs: Tensor, factor: Tensor) => Tensor, first?: number): number {
  return tidy(() => {
    const inputs = filled([4, 3], 9).arraySync() as number[][];
    if (first !== undefined) inputs[0]![0] = first;
    return step(tensor2d(inputs), scalar(1)).dataSync()[0]!;
  });
}

const number = (value: Variable) => value.dataSync()[0]!;

async function state(optimizer: FlatOptimizer): Promise<Record<string, number[]>> {
  const weights = await optimizer.getWeights();
  return Object.fromEntries(
    weights.map(({ name, tensor }) => {
      const values = [...tensor.dataSync()];
      tensor.dispose();
      return [name, values];
    }),
  );
}

describe('steps that are not finite', () => {
  onEveryBackend(() => {
    const ways = {
      'op by op': <F extends (...args: never[]) => unknown>(fn: F) =>
        Object.assign(fn, { dispose: () => {} }),
      compiled: <F extends (...args: never[]) => unknown>(fn: F) => jit(fn),
      'compiled in bfloat16': <F extends (...args: never[]) => unknown>(fn: F) =>
        jit(fn, { precision: 'bfloat16' }),
    };
    const cases = Object.keys(makers).flatMap((kind) =>
      Object.keys(ways).map((way) => ({ kind, way: way as keyof typeof ways })),
    );

    it.each(cases)('change nothing with skip: $kind, $way', async ({ kind, way }) => {
      const optimizer = makers[kind]!({ nonFinite: 'skip', clipNorm: 1 });
      const { step, values, dispose } = model(optimizer);
      const compiled = ways[way](step);
      run(compiled);
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const before = [values(), { ...(await state(optimizer)), skippedSteps: [] }];
        const skipped = number(optimizer.skippedSteps);
        run(compiled, bad);
        expect([values(), { ...(await state(optimizer)), skippedSteps: [] }]).toEqual(before);
        expect(number(optimizer.skippedSteps)).toBe(skipped + 1);
        expect(Number.isFinite(number(optimizer.gradientNorm))).toBe(false);
        run(compiled);
        expect(values()).not.toEqual(before[0]);
      }
      expect(optimizer.iterations).toBe(3);
      compiled.dispose();
      dispose();
    });

    it.each(Object.keys(makers))('stop %s with halt until it resumes, also after a restart', async (kind) => {
      const optimizer = makers[kind]!({ nonFinite: 'halt' });
      const { step, values, dispose } = model(optimizer);
      const compiled = jit(step);
      run(compiled);
      const good = values();
      run(compiled, Number.NaN);
      run(compiled);
      expect(values()).toEqual(good);
      expect(number(optimizer.skippedSteps)).toBe(2);

      const saved = await optimizer.getWeights();
      const restarted = makers[kind]!({ nonFinite: 'halt' });
      await restarted.setWeights(saved);
      expect(number(restarted.skippedSteps)).toBe(2);
      await restarted.setWeights(saved.filter(({ name }) => name !== 'skippedSteps'));
      expect(number(restarted.skippedSteps)).toBe(0);
      for (const { tensor } of saved) tensor.dispose();
      restarted.dispose();

      optimizer.resume();
      run(compiled);
      expect(values()).not.toEqual(good);
      expect([number(optimizer.skippedSteps), optimizer.iterations]).toEqual([0, 2]);
      compiled.dispose();
      dispose();
    });

    it.each(Object.keys(makers))('do as the others while all is finite: %s', (kind) => {
      const results = (['apply', 'skip', 'halt'] as const).map((nonFinite) => {
        const optimizer = makers[kind]!({ nonFinite, clipNorm: 0.5 });
        const { step, values, dispose } = model(optimizer);
        const losses = [1, 2, 3].map(() => run(step));
        const { numTensors } = memory();
        losses.push(run(step));
        expect(memory().numTensors).toBe(numTensors);
        const result = [losses, values(), number(optimizer.gradientNorm), optimizer.iterations];
        dispose();
        return result;
      });
      expect(results[1]).toEqual(results[0]);
      expect(results[2]).toEqual(results[0]);
    });

    it.each(Object.keys(makers))('tell whose gradient it is, or that it is the loss: %s', (kind) => {
      const optimizer = makers[kind]!({ nonFinite: 'skip' });
      const { variables, dispose } = model(optimizer);
      const [kernel, bias] = variables;
      const apply = (gradients: [Variable, number][], loss: number) =>
        tidy(() => {
          const named = gradients.map(([{ name, shape, size }, norm]) => ({
            name,
            tensor: mul(filled(shape, 1), 0).add(norm / Math.sqrt(size)) as Tensor,
          }));
          optimizer.applyGradients(named, scalar(loss));
        });
      expect(optimizer.gradientNorms).toBeUndefined();
      apply(
        [
          [bias, 3],
          [kernel, Number.NaN],
        ],
        1,
      );
      expect(optimizer.parameterNames).toEqual([bias.name, kernel.name]);
      const [first, second] = optimizer.gradientNorms!.dataSync();
      expect(first).toBeCloseTo(3, 5);
      expect(second).toBeNaN();
      apply(
        [
          [kernel, 4],
          [bias, 3],
        ],
        Number.NaN,
      );
      expect(optimizer.parameterNames).toEqual([kernel.name, bias.name]);
      expectClose(optimizer.gradientNorms!, [4, 3], 1e-6);
      expectClose(optimizer.gradientNorm, [5], 1e-6);
      apply([[kernel, 4]], 1);
      expectClose(optimizer.gradientNorms!, [4], 1e-6);
      expect([number(optimizer.skippedSteps), optimizer.iterations]).toEqual([2, 1]);
      dispose();
    });

    it.each(Object.keys(makers))('factors of the learning rate are other learning rates: %s', (kind) => {
      const factors = { kernel: 0.25, bias: 3 };
      const of = (name: string) => factors[name.split('-')[0] as keyof typeof factors];
      const optimizer = makers[kind]!({ learningRateOf: of });
      const { variables, dispose } = model(optimizer);
      const alone = Object.values(factors).map((factor) => {
        const single = makers[kind]!({});
        single.setLearningRate(0.1 * factor);
        return { single, ...model(single) };
      });
      for (let index = 1; index <= 4; index++) {
        tidy(() => {
          const gradientsOf = (all: Variable[]) =>
            all.map(({ name, shape }, place) => ({ name, tensor: filled(shape, 10 * index + place) }));
          optimizer.applyGradients(gradientsOf(variables));
          alone.forEach(({ single, variables: own }, place) => {
            single.applyGradients([gradientsOf(own)[place]!]);
          });
        });
      }
      variables.forEach((each, place) => {
        expectClose(each, alone[place]!.variables[place]!.dataSync(), 1e-6);
      });
      for (const each of alone) each.dispose();
      dispose();
    });
  });

  it('have to be one of the kinds, and factors not below 0', () => {
    expect(() => sgd({ learningRate: 1, nonFinite: 'ignore' as never })).toThrow(
      'nonFinite must be one of apply, skip, halt, but is "ignore"',
    );
    const optimizer = sgd({ learningRate: 1, learningRateOf: () => -1 });
    const { step, variables, dispose } = model(optimizer);
    expect(() => run(step)).toThrow(`learningRateOf(${variables[0].name}) must be at least 0, but is -1`);
    dispose();
  });
});
