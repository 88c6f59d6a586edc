import '@tensorflow/tfjs-layers';
import {
  add,
  concat,
  gather,
  grad,
  keep,
  losses,
  matMul,
  memory,
  mul,
  type Scalar,
  scalar,
  split,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  train,
  type Variable,
  variable,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { onEveryBackend } from '../../../../test/support/backends.js';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { useBackend } from '../backend.node.js';
import { dropout, lstm, sparseSoftmaxCrossEntropy } from '../ops/index.js';
import { adamW } from '../optimizers/index.js';
import { randomNormal, setSeed } from '../random/index.js';
import { jit } from './index.js';

const values = (tensor: unknown) => [...(tensor as Tensor).dataSync()];

describe('a function of jit', () => {
  onEveryBackend(() => {
    it('gives what the function gives, in the structure that it gives it in', () => {
      tidy(() => {
        const fn = jit((a: Tensor2D, { b, scale }: { b: Tensor2D; scale: number }) => ({
          product: mul(matMul(a, b), scale),
          parts: [split(a, 2, 1), { name: 'sum', value: sum(b) }],
        }));
        const a = tensor2d([1, 2, 3, 4], [2, 2]);
        const b = tensor2d([5, 6, 7, 8], [2, 2]);
        for (const scale of [1, 1, 2]) {
          const { product, parts } = fn(a, { b, scale });
          expect(values(product)).toEqual([19, 22, 43, 50].map((value) => value * scale));
          const [halves, { name, value }] = parts as [Tensor[], { name: string; value: Tensor }];
          expect(halves.map(values)).toEqual([
            [1, 3],
            [2, 4],
          ]);
          expect([name, value.dataSync()[0]]).toEqual(['sum', 26]);
        }
        fn.dispose();
      });
    });

    it('draws the numbers that the function draws, others at each call', () => {
      tidy(() => {
        const fn = (x: Tensor) => concat([dropout(x, 0.5, { training: true }), randomNormal([4])]);
        const fast = jit(fn);
        const x = tensor1d([1, 2, 3, 4, 5, 6, 7, 8]);
        const runs = [fn, fast].map((each) => {
          setSeed(3);
          return [each(x), each(x), randomNormal([2]), each(x)].map(values);
        });
        expect(runs[1]).toEqual(runs[0]);
        expect(runs[0]![1]).not.toEqual(runs[0]![0]);
        fast.dispose();
      });
    });

    it('has gradients under tf.grad', () => {
      tidy(() => {
        const cube = jit((x: Tensor) => mul(x, square(x)));
        cube(tensor1d([1]));
        expect(values(grad((x) => sum(cube(x) as Tensor))(tensor1d([1, 2])))).toEqual([3, 12]);
        cube.dispose();
      });
    });
  });

  it('checks its options', () => {
    expect(() => jit(() => 1, { maxRecordings: 0 })).toThrow(
      'maxRecordings must be an integer from 1, but is 0',
    );
  });
});

describe.skipIf(!inject('hasNativeBackend'))('a recorded function', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  leavesMemoryAsItWas();

  it('runs in JavaScript once for each shape, type and constant', () => {
    let runs = 0;
    const fn = jit((x: Tensor, options?: { scale: number }) => {
      runs++;
      return mul(x, options?.scale ?? 1);
    });
    tidy(() => {
      fn(tensor1d([1, 2]));
      fn(tensor1d([3, 4]));
      expect(runs).toBe(1);
      fn(tensor1d([3, 4, 5]));
      fn(tensor1d([3, 4], 'int32'));
      fn(tensor1d([3, 4]), { scale: 2 });
      expect(runs).toBe(4);
      expect(values(fn(tensor1d([3, 4]), { scale: 2 }))).toEqual([6, 8]);
      expect(fn.stats()).toMatchObject({ recordings: 4, hits: 2, misses: 4 });
      expect(fn.stats().nodes).toBeGreaterThan(8);
    });
    fn.dispose();
    expect(fn.stats().recordings).toBe(0);
    tidy(() => {
      expect(values(fn(tensor1d([1, 2])))).toEqual([1, 2]);
    });
    expect(runs).toBe(5);
    fn.dispose();
  });

  it('reads what is not an argument afresh, and assigns', () => {
    const offset = tensor1d([10, 20]);
    const total = tidy(() => variable(tensor1d([0, 0])));
    const other = tidy(() => variable(tensor1d([1, 1])));
    const fn = jit((x: Tensor1D) => {
      total.assign(add(total, mul(x, other)));
      total.assign(add(total, offset));
      return total.clone();
    });
    tidy(() => {
      expect(values(fn(tensor1d([1, 2])))).toEqual([11, 22]);
      expect(values(total)).toEqual([11, 22]);
      other.assign(tensor1d([2, 3]));
      total.assign(tensor1d([0, 0]));
      expect(values(fn(tensor1d([1, 2])))).toEqual([12, 26]);
      expect(values(fn(tensor1d([1, 2])))).toEqual([24, 52]);
      expect(values(other)).toEqual([2, 3]);
    });
    // What it read is its own until it is disposed.
    offset.dispose();
    tidy(() => {
      expect(values(fn(tensor1d([0, 0])))).toEqual([34, 72]);
    });
    fn.dispose();
    total.dispose();
    other.dispose();
  });

  it('tells a variable from a tensor that had its value', () => {
    const weight = tidy(() => variable(tensor1d([1, 2])));
    const first = tidy(() => keep(weight.clone()));
    const fn = jit(() => sub(weight, first));
    tidy(() => {
      expect(values(fn())).toEqual([0, 0]);
      weight.assign(tensor1d([5, 5]));
      expect(values(fn())).toEqual([4, 3]);
    });
    fn.dispose();
    weight.dispose();
    first.dispose();
  });

  it('takes variables as arguments, each for itself', () => {
    const [a, b] = tidy(() => [1, 2].map((value) => variable(scalar(value)))) as [Variable, Variable];
    const twice = jit((target: Variable) => target.assign(mul(target, 2)));
    twice(a);
    twice(b);
    twice(a);
    expect([values(a), values(b)]).toEqual([[4], [4]]);
    twice.dispose();
    a.dispose();
    b.dispose();
  });

  it('makes variables and kept tensors once', () => {
    let slots: { count: Variable; copy: Variable; table: Tensor } | undefined;
    const source = tidy(() => variable(tensor1d([3, 4])));
    const fn = jit((x: Tensor) => {
      if (!slots) {
        const count = variable(zerosLike(source));
        slots = { count, copy: variable(add(count, 1)), table: keep(mul(source, 2)) };
      }
      slots.count.assign(add(slots.count, x));
      return [add(slots.count, slots.copy), slots.table];
    });
    tidy(() => {
      expect((fn(scalar(1)) as Tensor[]).map(values)).toEqual([
        [2, 2],
        [6, 8],
      ]);
      expect(values(slots!.table)).toEqual([6, 8]);
      expect((fn(scalar(1)) as Tensor[]).map(values)).toEqual([
        [3, 3],
        [6, 8],
      ]);
      // Another recording finds them made.
      expect((fn(tensor1d([5, 6])) as Tensor[]).map(values)).toEqual([
        [8, 9],
        [6, 8],
      ]);
    });
    fn.dispose();
    for (const each of [source, ...Object.values(slots!)]) each.dispose();
  });

  it('gives each result memory of its own', () => {
    tidy(() => {
      const kept = tensor1d([1, 2]);
      const fn = jit((x: Tensor) => [x, x, kept, tensor1d([7])]);
      const x = tensor1d([5]);
      const results = fn(x) as Tensor[];
      expect(results.map(values)).toEqual([[5], [5], [1, 2], [7]]);
      expect(new Set([x, kept, ...results].map(({ dataId }) => dataId)).size).toBe(6);
      for (const result of results) result.dispose();
      expect([values(x), values(kept)]).toEqual([[5], [1, 2]]);
      fn.dispose();
    });
  });

  it('forgets the recording that was not used for longest', () => {
    const fn = jit((x: Tensor) => mul(x, 2), { maxRecordings: 2 });
    tidy(() => {
      for (const length of [1, 2, 1, 3, 1, 2]) fn(tensor1d(new Float32Array(length)));
    });
    expect(fn.stats()).toMatchObject({ recordings: 2, hits: 2, misses: 4 });
    fn.dispose();
  });

  it('holds as many tensors after many calls as after few', () => {
    const weight = tidy(() => variable(tensor2d([1, 2, 3, 4], [2, 2])));
    const optimizer = adamW({ learningRate: 0.01, clipNorm: 1 });
    const step = jit(
      (x: Tensor2D) => optimizer.minimize(() => sum(square(matMul(x, weight))) as Scalar, true)!,
    );
    let early = 0;
    for (let call = 1; call <= 200; call++) {
      tidy(() => {
        step(tensor2d([1, 2], [1, 2]));
      });
      if (call === 10) early = memory().numTensors;
    }
    expect(memory().numTensors).toBe(early);
    expect(optimizer.iterations).toBe(200);
    step.dispose();
    optimizer.dispose();
    weight.dispose();
  });

  describe('trains as without jit', () => {
    const optimizers = {
      'AdamW with clipping': () =>
        adamW({ learningRate: 0.01, clipNorm: 0.5, excludeFromWeightDecay: (name) => name.includes('bias') }),
      'stochastic gradient descent': () => train.sgd(0.1),
      momentum: () => train.momentum(0.1, 0.9),
      RMSProp: () => train.rmsprop(0.01, 0.9, 0.1),
      Adam: () => train.adam(0.01),
      Adagrad: () => train.adagrad(0.1),
    };
    for (const [name, make] of Object.entries(optimizers)) {
      for (const options of [{}, { xla: true }]) {
        it(`by ${name}${options.xla ? ' with XLA' : ''}`, () => {
          const runs = [false, true].map((compiled) => {
            setSeed(5);
            const model = sequential({
              layers: [
                layers.dense({ units: 5, activation: 'tanh', inputShape: [3], kernelInitializer: 'ones' }),
                layers.dense({ units: 2, kernelInitializer: 'ones' }),
              ],
            });
            const optimizer = make();
            const plain = (x: Tensor2D, y: Tensor2D) =>
              optimizer.minimize(() => losses.meanSquaredError(y, model.apply(x) as Tensor) as Scalar, true)!;
            const step = compiled ? jit(plain, options) : plain;
            const history = Array.from({ length: 20 }, (_, index) =>
              tidy(() => {
                const x = randomNormal([4, 3]) as Tensor2D;
                const y = concat([sum(x, 1, true), sum(square(x), 1, true)], 1) as Tensor2D;
                return step(x, index % 2 ? y : (mul(y, 1) as Tensor2D)).dataSync()[0]!;
              }),
            );
            const weights = model.getWeights().flatMap((weight) => values(weight));
            if ('dispose' in step) (step as { dispose(): void }).dispose();
            optimizer.dispose();
            // tfjs forgets its own.
            if (name === 'momentum') (optimizer as unknown as { c: Scalar }).c.dispose();
            model.dispose();
            return [...history, ...weights];
          });
          expect(runs[1]!.length).toBeGreaterThan(40);
          for (const [index, value] of runs[1]!.entries()) {
            const expected = runs[0]![index]!;
            expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected)));
          }
        });
      }
    }
  });

  it('records an LSTM, a sparse cross entropy and their gradients', () => {
    tidy(() => {
      setSeed(1);
      const [x, kernel, bias] = [randomNormal([3, 2, 4]), randomNormal([9, 20]), randomNormal([20])];
      const labels = tensor1d([0, 4, 2, 1, 3, 0], 'int32');
      const weights = [kernel, bias].map((each) => variable(each));
      const plain = () => {
        const { value, grads } = variableGrads(() => {
          const state = { h: zerosLike(randomNormal([2, 5])), c: zerosLike(randomNormal([2, 5])) };
          const [h] = lstm(x, state, { kernel: weights[0]!, bias: weights[1]! });
          return sum(sparseSoftmaxCrossEntropy(h.reshape([6, 5]), labels)) as Scalar;
        }, weights as Variable[]);
        return [value, ...Object.values(grads)];
      };
      const fast = jit(plain);
      const expected = plain().map(values);
      for (const results of [fast(), fast()]) {
        for (const [index, each] of (results as Tensor[]).entries()) {
          for (const [at, value] of values(each).entries())
            expect(value).toBeCloseTo(expected[index]![at]!, 5);
        }
      }
      fast.dispose();
      for (const weight of weights) weight.dispose();
    });
  });

  it('gathers', () => {
    tidy(() => {
      const rows = jit((x: Tensor2D, indices: Tensor1D) => gather(x, indices));
      const x = tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
      expect(values(rows(x, tensor1d([2, 0], 'int32')))).toEqual([5, 6, 1, 2]);
      expect(() => rows(x, tensor1d([0, 3], 'int32'))).toThrow('is not in [0, 3)');
      expect(() => gather(x, tensor1d([0, 3], 'int32'))).toThrow('is not in [0, 3)');
      rows.dispose();
    });
  });

  it('is run as it is inside another', () => {
    tidy(() => {
      const inner = jit((x: Tensor) => mul(x, 2));
      const outer = jit((x: Tensor) => add(inner(x), 1));
      expect(values(outer(tensor1d([3])))).toEqual([7]);
      expect([inner.stats().misses, outer.stats().misses]).toEqual([0, 1]);
      outer.dispose();
    });
  });
});
