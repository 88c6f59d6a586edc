import '@tensorflow/tfjs-layers';
import {
  add,
  keep,
  matMul,
  mul,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  randomNormal as tfjsRandomNormal,
  tidy,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { useBackend } from '../backend.node.js';
import { dropout } from '../ops/index.js';
import { adamW } from '../optimizers/index.js';
import { jit } from './index.js';

describe.skipIf(!inject('hasNativeBackend'))('a function that is recorded with a check', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();
  let calls = 0;
  let weight: Variable;
  let other: Variable;
  beforeEach(() => {
    calls = 0;
    tidy(() => {
      weight = variable(tensor2d([1, 2, 3, 4], [2, 2]), true, 'check_weight');
      other = variable(tensor2d([1, 2, 3, 4], [2, 2]), true, 'check_other');
    });
  });
  afterEach(() => {
    for (const each of [weight, other]) each.dispose();
  });

  const changing: Record<string, [(x: Tensor) => unknown, string | RegExp]> = {
    'a number that JavaScript changes': [
      (x) => mul(x, ++calls),
      'a recorded function must do the same each time, but the constant 1 is 2 the next time',
    ],
    'a number that JavaScript draws': [
      (x) => mul(x, Math.random()),
      /^a recorded function must do the same each time, but the constant 0\.\d+ is 0\.\d+ the next time/,
    ],
    'random numbers of tfjs': [
      (x) => add(x, tfjsRandomNormal([2, 2])),
      /but the constant -?\d\S* is -?\d\S* the next time/,
    ],
    'another op': [(x) => (calls++ ? square(x) : mul(x, 3)), 'but this one computes Mul, then Square'],
    'another attribute': [(x) => sum(x, 0, calls++ > 0), 'but Sum has keep_dims false, then true'],
    'another variable': [
      (x) => add(x, calls++ ? other : weight),
      'but this one reads the variable check_weight, then the variable check_other',
    ],
    'another assignment': [
      (x) => {
        (calls++ ? other : weight).assign(x as Tensor2D);
        return x;
      },
      'but this one gives result 0, the variable check_weight, then result 0, the variable check_other',
    ],
    'another result': [(x) => [x, ++calls], 'but this one returns other constants the next time'],
    'more results': [
      (x) => Array.from({ length: ++calls }, () => x),
      'but this one gives result 0, then result 0, result 1',
    ],
  };
  for (const [name, [fn, message]] of Object.entries(changing)) {
    it(`names ${name}`, () => {
      const checked = jit(fn, { check: true });
      tidy(() => {
        expect(() => checked(tensor2d([1, 2, 3, 4], [2, 2]))).toThrow(message);
        expect(checked.stats()).toMatchObject({ recordings: 0, hits: 0 });
        expect([...weight.dataSync()]).toEqual([1, 2, 3, 4]);
      });
    });
  }

  it('names the line of what it names', () => {
    const checked = jit((x: Tensor) => mul(x, ++calls), { check: true });
    tidy(() => {
      expect(() => checked(tensor1d([1]))).toThrow(/\(at .*check\.test\.ts:\d+:\d+\)$/);
    });
  });

  it('reads another tensor', () => {
    tidy(() => {
      const tables = [tensor1d([1]), tensor1d([2])];
      const checked = jit((x: Tensor) => add(x, tables[calls++]!), { check: true });
      expect(() => checked(tensor1d([1]))).toThrow(
        'but this one reads a tensor of shape [1], then a tensor of shape [1]',
      );
    });
  });

  const steady: Record<string, (x: Tensor) => Tensor> = {
    'draws chui’s random numbers': (x) => dropout(x, 0.5, { training: true }),
    'keeps a table when it is first called': (() => {
      let table: Tensor | undefined;
      return (x: Tensor) => {
        table ??= keep(tensor2d([1, 2, 3, 4], [2, 2]));
        held.add(table);
        return add(x, mul(table, 2));
      };
    })(),
    'is the same': (x) => matMul(x, weight as Tensor2D),
  };
  const held = new Set<Tensor>();
  for (const [name, fn] of Object.entries(steady)) {
    it(`passes where it ${name}`, () => {
      const checked = jit(fn, { check: true });
      tidy(() => {
        const x = tensor2d([1, 2, 3, 4], [2, 2]);
        checked(x);
        checked(x);
        expect(checked.stats()).toMatchObject({ recordings: 1, misses: 1, hits: 1 });
      });
      checked.dispose();
      for (const each of held) each.dispose();
      held.clear();
    });
  }

  for (const [name, make] of Object.entries({
    AdamW: () => adamW({ learningRate: 0.1 }),
    Adam: () => train.adam(0.1),
  })) {
    it(`passes where ${name} makes its slots, and trains`, () => {
      const optimizer = make();
      const step = jit(
        (x: Tensor2D) =>
          optimizer.minimize(() => sum(square(matMul(x, weight as Tensor2D))) as Scalar, true, [weight])!,
        { check: true },
      );
      const losses = Array.from({ length: 5 }, () =>
        tidy(() => step(tensor2d([1, 2], [1, 2])).dataSync()[0]!),
      );
      expect(losses[4]).toBeLessThan(losses[0]! / 1.2);
      step.dispose();
      optimizer.dispose();
    });
  }
});
