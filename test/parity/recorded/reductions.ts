import { layerNorm, sparseSoftmaxCrossEntropy } from '@chui/runtime';
import {
  all,
  any,
  argMax,
  argMin,
  bincount,
  cumprod,
  cumsum,
  max,
  mean,
  min,
  prod,
  softmax,
  sum,
  type Tensor,
  topk,
  unsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import {
  bool,
  type Draw,
  float,
  int,
  type KernelCase,
  type KernelCases,
  kernelCase,
  oneOf,
  runKernel,
} from './kernel_case.js';

type Reduction = (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor;

/** Over all axes, one, several, from the end; keeping them and not. */
function overAxes(fn: Reduction, draws: Record<string, Draw>, { gradientFromEnd = true } = {}): KernelCase[] {
  const axes: Record<string, number | number[] | undefined> = {
    'all axes': undefined,
    'the first axis': 0,
    'the last axis': -1,
    'two axes': [0, 2],
  };
  return Object.entries(draws).flatMap(([what, draw]) =>
    Object.entries(axes).flatMap(([which, axis]) =>
      [false, true].map((keep) =>
        kernelCase(`${what} over ${which}${keep ? ', kept' : ''}`, [draw], (x) => fn(x, axis, keep), {
          tolerance: 1e-6,
          gradient: gradientFromEnd || axis !== -1,
        }),
      ),
    ),
  );
}

const numbers = { floats: float([2, 3, 4]), integers: int([2, 3, 4]) };
const truths = { truths: bool([2, 3, 4]) };
const overOne = (fn: (x: Tensor, axis: number) => Tensor, draws: Record<string, Draw>) =>
  Object.entries(draws).flatMap(([what, draw]) =>
    [0, 1, -1].map((axis) => kernelCase(`${what} over axis ${axis}`, [draw], (x) => fn(x, axis))),
  );

const cumulative = (fn: typeof cumsum) =>
  [0, 1, -1].flatMap((axis) =>
    [false, true].flatMap((exclusive) =>
      [false, true].map((reverse) =>
        kernelCase(
          `axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
          [float([3, 4])],
          (x) => fn(x, axis, exclusive, reverse),
          // tfjs's gradient is wrong for the others.
          { gradient: axis === 1 },
        ),
      ),
    ),
  );

export const reductions: KernelCases = {
  All: overAxes(all, truths),
  Any: overAxes(any, truths),
  ArgMax: overOne(argMax, numbers),
  ArgMin: overOne(argMin, numbers),
  Bincount: [
    kernelCase('counts', [int([9], [0, 4]), float([0])], (x, weights) => bincount(x, weights, 4)),
    kernelCase('sums of weights', [int([9], [0, 6]), float([9])], (x, weights) => bincount(x, weights, 4)),
  ],
  Cumprod: cumulative(cumprod),
  Cumsum: cumulative(cumsum),
  LayerNorm: [
    kernelCase('rows', [float([2, 3, 20]), float([20]), float([20])], (x, gamma, beta) =>
      layerNorm(x, gamma, beta, 1e-3),
    ),
  ],
  LayerNormGrad: [
    kernelCase(
      'rows',
      [float([6, 20]), float([6, 20]), float([6]), float([6]), float([20])],
      (dy, x, mean, scale, gamma) => runKernel('LayerNormGrad', { dy, x, mean, scale, gamma }),
    ),
  ],
  Max: overAxes(max, numbers),
  Mean: overAxes(mean, numbers),
  Min: overAxes(min, numbers),
  // tfjs has no gradient of an axis from the end.
  Prod: overAxes(prod, numbers, { gradientFromEnd: false }),
  Softmax: [
    kernelCase('rows', [float([3, 5])], (x) => softmax(x), { tolerance: 1e-6 }),
    kernelCase('four axes', [float([2, 2, 3, 4])], (x) => softmax(x), { tolerance: 1e-6 }),
  ],
  SoftmaxGrad: [
    kernelCase(
      'rows',
      [float([3, 2, 37], [0, 1]), float([3, 2, 37])],
      (y, dy) => runKernel('SoftmaxGrad', { y, dy }),
      { tolerance: 1e-6 },
    ),
  ],
  SparseSoftmaxCrossEntropy: [
    kernelCase(
      'rows',
      [float([4, 5]), int([4], [0, 5])],
      (logits, labels) => sparseSoftmaxCrossEntropy(logits, labels),
      { tolerance: 1e-6 },
    ),
  ],
  Sum: overAxes(sum, { ...numbers, ...truths }),
  TopK: [
    kernelCase('one', [float([3, 5])], (x) => Object.values(topk(x)), { gradient: false }),
    kernelCase('three', [int([2, 2, 7])], (x) => Object.values(topk(x, 3)), { gradient: false }),
  ],
  UnsortedSegmentSum: [
    kernelCase('rows', [float([4, 2]), oneOf([4], [0, 2, 2, 1], [1, 1, 0, 2])], (x, ids) =>
      unsortedSegmentSum(x, ids, 3),
    ),
    kernelCase('integers', [int([5]), int([5], [0, 3])], (x, ids) => unsortedSegmentSum(x, ids, 4)),
  ],
};
