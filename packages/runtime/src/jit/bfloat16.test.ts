import '@tensorflow/tfjs-layers';
import {
  add,
  conv2d,
  matMul,
  mean,
  mul,
  relu,
  reshape,
  type Scalar,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor2d,
  tidy,
  train,
  type Variable,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { leavesMemoryAsItWas } from '../../../../test/support/memory.js';
import { useBackend } from '../backend.node.js';
import { nativeBinding } from '../native/binding.js';
import { dropout, gelu, layerNorm } from '../ops/index.js';
import { adamW } from '../optimizers/index.js';
import { randomNormal, setSeed } from '../random/index.js';
import { jit } from './index.js';

const values = (tensor: Tensor) => tensor.dataSync() as Float32Array;

/** The share of numbers, rounded to bfloat16, that do not change by it. */
function shareOfBfloat16(tensor: Tensor): number {
  const bits = new Uint32Array(values(tensor).slice().buffer);
  return bits.filter((each) => (each & 0xffff) === 0).length / bits.length;
}

/** The largest distance, relative to the largest expected. */
function distance(actual: Tensor, expected: Tensor): number {
  const [found, wanted] = [values(actual), values(expected)];
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...found.map((value, index) => Math.abs(value - wanted[index]!))) / largest;
}

const kinds = { 'by kernels of bfloat16': true, 'by rounding': false };

describe.skipIf(!inject('hasNativeBackend')).each(Object.entries(kinds))(
  'a function in bfloat16 %s',
  (_, own) => {
    beforeAll(async () => {
      await useBackend('native');
      setSeed(7);
      const chui = nativeBinding()!.chui!;
      vi.spyOn(chui, 'multipliesBfloat16', 'get').mockReturnValue(own);
    });
    afterAll(() => {
      vi.restoreAllMocks();
    });
    leavesMemoryAsItWas();

    const inBfloat16 = <F extends (...args: never[]) => unknown>(fn: F, ...args: Parameters<F>) => {
      const compiled = jit(fn, { precision: 'bfloat16' });
      const results = compiled(...args);
      compiled.dispose();
      return results as ReturnType<F>;
    };

    let bias: Variable;
    beforeEach(() => {
      bias = tidy(() => variable(randomNormal([16])));
    });
    afterEach(() => {
      bias.dispose();
    });

    const low: Record<string, (x: Tensor2D, w: Tensor) => Tensor> = {
      'a product': (x, w) => matMul(x, w),
      'products of heads': (x, w) => matMul(reshape(x, [4, 4, 16]), reshape(w, [4, 4, 16]), false, true),
      'a convolution': (x, w) =>
        conv2d(reshape(x, [1, 4, 4, 16]) as Tensor4D, reshape(w, [1, 1, 16, 16]) as Tensor4D, 1, 'same'),
      'a bias and an activation after a product': (x, w) => relu(add(matMul(x, w), bias)),
      'dropout after a product': (x, w) => dropout(matMul(x, w), 0.25, { training: true }),
      'a product and a residual of two products': (x, w) => add(matMul(x, w), matMul(x, mul(w, 2))),
    };
    for (const [name, fn] of Object.entries(low)) {
      it(`computes ${name} in it`, () => {
        tidy(() => {
          const [x, w] = [randomNormal([16, 16]) as Tensor2D, randomNormal([16, 16])];
          expect(shareOfBfloat16(inBfloat16(fn, x, w))).toBe(1);
        });
      });
    }

    const high: Record<string, (x: Tensor2D, w: Tensor) => Tensor> = {
      softmax: (x, w) => softmax(matMul(x, w)),
      'a sum': (x, w) => sum(matMul(x, w), 1),
      'a mean': (x, w) => mean(matMul(x, w), 1),
      'a norm': (x, w) => layerNorm(matMul(x, w), bias, bias),
      'what meets float32': (x, w) => add(matMul(x, w), softmax(x)),
      'what is no product': (x, w) => mul(add(x, 1 / 3), w),
    };
    for (const [name, fn] of Object.entries(high)) {
      it(`leaves ${name} in float32`, () => {
        tidy(() => {
          const [x, w] = [randomNormal([16, 16]) as Tensor2D, randomNormal([16, 16])];
          const result = inBfloat16(fn, x, w);
          expect(shareOfBfloat16(result)).toBeLessThan(0.2);
          expect(distance(result, fn(x, w))).toBeLessThan(0.03);
        });
      });
    }

    it('has gradients of kernels, biases and norms in float32', () => {
      tidy(() => {
        const x = randomNormal([16, 8]);
        const weights = { w: [8, 16], b: [16], gamma: [16], beta: [16] };
        const parameters = Object.entries(weights).map(([name, shape]) =>
          variable(randomNormal(shape), true, `bfloat16_${name}`),
        );
        const gradients = () => {
          const [w, b, gamma, beta] = parameters as [Variable, Variable, Variable, Variable];
          const loss = () => mean(square(layerNorm(gelu(add(matMul(x, w), b)), gamma, beta))) as Scalar;
          return variableGrads(loss, parameters).grads;
        };
        const [found, expected] = [inBfloat16(gradients), gradients()];
        for (const { name } of parameters) {
          // A kernel of bfloat16 sums in float32 and rounds at the end.
          const isRounded = own && name === 'bfloat16_w';
          expect([name, shareOfBfloat16(found[name]!) > 0.2]).toEqual([name, isRounded]);
          expect(distance(found[name]!, expected[name]!), name).toBeLessThan(0.03);
        }
        for (const parameter of parameters) parameter.dispose();
      });
    });

    for (const xla of [false, true]) {
      for (const [name, make] of Object.entries({
        AdamW: () => adamW({ learningRate: 0.02 }),
        Adam: () => train.adam(0.02),
      })) {
        it(`trains to the same loss by ${name}${xla ? ' with XLA' : ''}`, () => {
          const [plain, compiled] = [undefined, 'bfloat16' as const].map((precision) =>
            tidy(() => {
              setSeed(3);
              const [w1, w2] = [
                variable(randomNormal([8, 32], 0, 0.3)),
                variable(randomNormal([32, 1], 0, 0.2)),
              ];
              const optimizer = make();
              const loss = (x: Tensor2D, y: Tensor2D) =>
                optimizer.minimize(
                  () =>
                    mean(square(sub(matMul(gelu(matMul(x, w1 as Tensor2D)), w2 as Tensor2D), y))) as Scalar,
                  true,
                )!;
              const step = precision ? jit(loss, { precision, xla }) : loss;
              const losses = Array.from({ length: 60 }, () => {
                const x = randomNormal([32, 8]) as Tensor2D;
                return values(step(x, sum(x, 1, true) as Tensor2D))[0]!;
              });
              const rounded = shareOfBfloat16(w1);
              if ('dispose' in step) (step as { dispose(): void }).dispose();
              optimizer.dispose();
              for (const each of [w1, w2]) each.dispose();
              return { losses, rounded };
            }),
          ) as [{ losses: number[]; rounded: number }, { losses: number[]; rounded: number }];
          expect(plain.losses.at(-1)!).toBeLessThan(plain.losses[0]! / 10);
          expect(Math.abs(compiled.losses.at(-1)! - plain.losses.at(-1)!)).toBeLessThan(
            0.02 * plain.losses[0]!,
          );
          expect(compiled.losses[0]).not.toBe(plain.losses[0]);
          expect(compiled.rounded).toBeLessThan(0.1);
        });
      }
    }

    it('is a precision that is known', () => {
      expect(() => jit(() => 1, { precision: 'float16' as never })).toThrow(
        `precision must be 'float32' or 'bfloat16', but is "float16"`,
      );
    });

    it('takes tensors of its own precision for what they are', () => {
      tidy(() => {
        const x = tensor2d([1, 1 + 2 ** -9, 3, -2], [2, 2]);
        const one = tensor2d([1, 0, 0, 1], [2, 2]);
        expect([...values(inBfloat16((a: Tensor2D, b: Tensor2D) => matMul(a, b), x, one))]).toEqual([
          1, 1, 3, -2,
        ]);
      });
    });
  },
);
