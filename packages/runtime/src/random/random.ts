import { add, mul, scalar, type Tensor, tensor, tidy, util } from '@tensorflow/tfjs-core';
import '../kernels/host/random.js';
import '../kernels/native/random.js';
import { hasKernel, runKernel } from '../ops/run_kernel.js';
import { nextDraw, nextDrawTensor } from './generator.js';
import { dropoutMaskValues, normalValues, type Seed, uniformValues } from './philox.js';

/**
 * Random numbers, even in [min, max). The seed of `setSeed` decides them, on every backend alike.
 *
 * @returns float32, of the given shape
 */
export function randomUniform(shape: number[], min = 0, max = 1): Tensor {
  return tidy(() => {
    const values = draw('StatelessRandomUniform', shape, {}, uniformValues);
    return min === 0 && max === 1 ? values : add(mul(values, scalar(max - min)), scalar(min));
  });
}

/**
 * Random numbers of the normal distribution. The seed of `setSeed` decides them, on every backend alike.
 *
 * @returns float32, of the given shape
 */
export function randomNormal(shape: number[], mean = 0, stddev = 1): Tensor {
  return tidy(() => {
    const values = draw('StatelessRandomNormal', shape, {}, normalValues);
    return mean === 0 && stddev === 1 ? values : add(mul(values, scalar(stddev)), scalar(mean));
  });
}

/**
 * One random number in JavaScript's memory, even in [0, 1) in steps of 2^-46: the next of `setSeed`'s, or that of a pair.
 *
 * @param seed the seed and the number of the draw
 */
export function uniformNumber(seed: Seed = nextDraw()): number {
  const [high, low] = uniformValues(seed, 2) as unknown as [number, number];
  return high + low * 2 ** -23;
}

/** What dropout multiplies with: each element is 0 with probability `rate`, else 1 / (1 − rate). */
export function dropoutMask(shape: number[], rate: number): Tensor {
  return draw('StatelessDropoutMask', shape, { rate }, (seed, size) => dropoutMaskValues(seed, size, rate));
}

function draw(
  kernel: string,
  shape: number[],
  attrs: { rate?: number },
  generate: (seed: Seed, size: number) => Float32Array,
): Tensor {
  if (!hasKernel(kernel)) return tensor(generate(nextDraw(), util.sizeFromShape(shape)), shape);
  return tidy(() => runKernel(kernel, { seed: nextDrawTensor() }, { shape, ...attrs }));
}
