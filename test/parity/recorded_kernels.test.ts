import '@tensorflow/tfjs-layers';
import { jit, useBackend } from '@chui/runtime';
import {
  addN,
  getGradient,
  getKernel,
  getKernelsForBackend,
  grads,
  matMul,
  memory,
  mul,
  ones,
  reshape,
  sum,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { hasKernel } from '../../packages/runtime/src/ops/run_kernel.js';
import { values } from '../support/values.js';
import { recordedCases as cases } from './recorded/cases.js';
import { expectSame, listOf } from './recorded/expect_same.js';
import type { KernelCase } from './recorded/kernel_case.js';
import { type Unrecordable, unrecordable } from './recorded/unrecordable.js';

const isFloat = ({ dtype }: Tensor) => dtype === 'float32';

/** The gradients of Σ weights ⊙ results, weights being fixed and uneven, for the inputs that are floats. */
function gradientOf({ run }: KernelCase): KernelCase['run'] {
  const weighted = (output: Tensor) => sum(mul(output, tensor(values(output.size, 99), output.shape)));
  return (...inputs) => {
    const floats = inputs.filter(isFloat);
    return grads((...moved) => {
      const args = inputs.map((input) => (isFloat(input) ? moved[floats.indexOf(input)]! : input));
      return addN(listOf(run(...args)).map(weighted));
    })(floats);
  };
}

/** Runs it plainly and recorded, with the values that it is recorded with and others. */
function compare(kernel: string, run: KernelCase['run'], { inputs, tolerance }: KernelCase): void {
  const recorded = jit(run);
  tidy(() => {
    const kernelFunc = vi.spyOn(getKernel(kernel, 'tensorflow'), 'kernelFunc');
    const drawn = [1, 2].map((seed) => inputs.map((draw, index) => draw(100 * index + seed)));
    const results = drawn.map((args) => recorded(...args));
    expect(kernelFunc).toHaveBeenCalled();
    for (const [index, args] of drawn.entries()) expectSame(results[index]!, run(...args), tolerance);
  });
  expect(recorded.stats()).toMatchObject({ misses: 1, hits: 1 });
  recorded.dispose();
}

/** The same numbers, as a tensor of bfloat16 where that is the precision. */
const rounded = (x: Tensor) => reshape(matMul(reshape(x, [-1, 1]), ones([1, 1])), x.shape);

/** Runs it plainly on rounded numbers and recorded in bfloat16. */
function compareInBfloat16(run: KernelCase['run'], { inputs, tolerance }: KernelCase): void {
  const precision = 'bfloat16';
  const round = jit(rounded, { precision });
  const recorded = jit((...args: Tensor[]) => run(...args.map((x) => (isFloat(x) ? rounded(x) : x))), {
    precision,
  });
  tidy(() => {
    const args = inputs.map((draw, index) => draw(100 * index + 1));
    const plain = args.map((x) => (isFloat(x) ? (round(x) as Tensor) : x));
    expectSame(recorded(...args) as Tensor, run(...plain), Math.max(tolerance, 0.02));
  });
  for (const each of [round, recorded]) each.dispose();
}

const isDifferentiable = (kernel: string, { gradient, inputs, run }: KernelCase) =>
  gradient &&
  getGradient(kernel) !== undefined &&
  tidy(() => {
    const args = inputs.map((draw, index) => draw(100 * index));
    return listOf(run(...args)).every(isFloat) && args.some(isFloat);
  });

describe.skipIf(!inject('hasNativeBackend'))('recorded kernels of the native backend', () => {
  beforeAll(async () => {
    await useBackend('native');
  });
  let before = 0;
  beforeEach(() => {
    before = memory().numTensors;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(memory().numTensors, 'tensors left behind').toBe(before);
  });

  const kernels = () => getKernelsForBackend('tensorflow').map(({ kernelName }) => kernelName);

  it('are all tried', () => {
    const tried = new Set([...Object.keys(cases), ...unrecordable.map(({ kernel }) => kernel)]);
    const missing = kernels().filter((kernel) => !tried.has(kernel));
    expect(missing.map((kernel) => `no case for kernel ${kernel}`)).toEqual([]);
  });

  it('are tried with their gradients', () => {
    const missing = Object.entries(cases).filter(
      ([kernel, ofKernel]) =>
        hasKernel(kernel) && getGradient(kernel) && !ofKernel.some((each) => isDifferentiable(kernel, each)),
    );
    // Steps, and complex numbers, of which tfjs has none.
    const without = [
      'IsFinite',
      'IsInf',
      'IsNan',
      'ComplexAbs',
      'GreaterEqual',
      'ArgMax',
      'ArgMin',
      'OneHot',
    ];
    expect(missing.map(([kernel]) => kernel)).toEqual(without);
  });

  for (const [kernel, ofKernel] of Object.entries(cases)) {
    describe(kernel, () => {
      for (const each of ofKernel) {
        it(`give what they give: ${each.name}`, ({ skip }) => {
          skip(!hasKernel(kernel), 'not on this processor');
          compare(kernel, each.run, each);
          if (isDifferentiable(kernel, each)) compare(kernel, gradientOf(each), each);
        });

        it(`give nearly that in bfloat16: ${each.name}`, ({ skip }) => {
          skip(!hasKernel(kernel), 'not on this processor');
          compareInBfloat16(each.run, each);
          if (isDifferentiable(kernel, each)) compareInBfloat16(gradientOf(each), each);
        });
      }
    });
  }

  describe('refuse in one line', () => {
    for (const { op, error, inputs, run } of unrecordable) {
      it(op, () => {
        const recorded = jit(run as (...inputs: Tensor[]) => unknown);
        tidy(() => {
          const args = inputs.map((draw, index) => draw(index));
          let message = '';
          try {
            recorded(...args);
          } catch (caught) {
            message = (caught as Error).message;
          }
          const [, said, line] = /^(.*?)( \(at .*:\d+:\d+\))?$/.exec(message) ?? [];
          expect(said).toBe(error);
          if (!said!.endsWith('asynchronous')) expect(line).toContain('unrecordable.ts');
        });
      });
    }
  });
});

it('the page of what cannot be recorded is up to date', async () => {
  await expect(page(unrecordable)).toMatchFileSnapshot('../../docs/generated/unrecordable_ops.md');
});

const page = (all: readonly Unrecordable[]) => `# What \`jit\` cannot record

<!-- Made by test/parity/recorded_kernels.test.ts: npx vitest run test/parity/recorded_kernels.test.ts -u -->

Every other kernel of the native backend can: each is run plainly and recorded, and gives the same.

| op | kernel | why it cannot be recorded |
|---|---|---|
${all.map(({ op, kernel = '', why }) => `| ${op} | ${kernel} | ${why} |\n`).join('')}`;
