import { lstm, lstmCell } from '@chui/runtime';
import {
  addN,
  complex,
  einsum,
  fft,
  fused,
  grads,
  ifft,
  irfft,
  matMul,
  rfft,
  square,
  type Tensor,
  tensor,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { type Draw, float, int, type KernelCases, kernelCase, runKernel } from './kernel_case.js';

/** TensorFlow's threads share out the sums of a product as they like. */
const sums = { tolerance: 1e-6 };
const withoutGradient = { ...sums, gradient: false };

const turns = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
const turned = (shape: readonly number[], isTurned: boolean) =>
  isTurned ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : [...shape];

const state: [Draw, Draw, Draw, Draw] = [float([2, 4]), float([2, 4]), float([7, 16]), float([16])];
const sequence: [Draw, ...typeof state] = [float([5, 2, 3]), ...state];
const cell: typeof sequence = [float([2, 3]), ...state];
type Lstm = (x: Tensor, h: Tensor, c: Tensor, kernel: Tensor, bias: Tensor) => Tensor[];
const sequenceOf: Lstm = (x, h, c, kernel, bias) => lstm(x, { h, c }, { kernel, bias });
const cellOf: Lstm = (x, h, c, kernel, bias) => lstmCell(x, { h, c }, { kernel, bias });
const gradientsOf = (fn: Lstm, inputs: Parameters<Lstm>) =>
  grads((...all) => addN(fn(...(all as typeof inputs)).map((each) => square(each))))(inputs);

const operands: [Draw, Draw, Draw, Draw] = [
  float([2, 3, 8]),
  float([2, 5, 8]),
  float([2, 5, 6]),
  int([2], [0, 9]),
];
const all = { numHeads: 2, causal: false, rate: 0 };
const attentionCases = [
  { name: 'two heads', attrs: all, allowed: () => tensor1d([]) },
  {
    name: 'a mask',
    attrs: all,
    allowed: () =>
      tensor(
        Array.from({ length: 15 }, (_, i) => Number(i % 4 > 0)),
        [1, 1, 3, 5],
      ),
  },
  {
    name: 'the past, with dropout',
    attrs: { ...all, causal: true, rate: 0.4 },
    allowed: () => tensor1d([]),
  },
];

export const linearAlgebra: KernelCases = {
  BatchMatMul: [
    ...turns.map(([a, b]) =>
      kernelCase(
        `matrices${a ? ', first turned' : ''}${b ? ', second turned' : ''}`,
        [float(turned([3, 4], a)), float(turned([4, 5], b))],
        (x, y) => matMul(x, y, a, b),
        sums,
      ),
    ),
    ...turns.map(([a, b]) =>
      kernelCase(
        `many matrices${a ? ', first turned' : ''}${b ? ', second turned' : ''}`,
        [float([16, ...turned([33, 5], a)]), float([16, ...turned([5, 34], b)])],
        (x, y) => matMul(x, y, a, b),
        sums,
      ),
    ),
    kernelCase('batches', [float([2, 2, 3, 4]), float([2, 2, 4, 2])], (x, y) => matMul(x, y), sums),
    kernelCase(
      'batches, broadcast',
      [float([2, 3, 4]), float([1, 4, 2])],
      (x, y) => matMul(x, y),
      withoutGradient,
    ),
    kernelCase('integers', [int([2, 3]), int([3, 2])], (x, y) => matMul(x, y)),
  ],
  Einsum: [
    kernelCase('a product', [float([2, 3]), float([3, 4])], (x, y) => einsum('ij,jk->ik', x, y), sums),
    kernelCase('a trace', [float([2, 3, 4])], (x) => einsum('bij->bj', x), sums),
  ],
  FFT: [
    kernelCase('complex', [float([3, 8]), float([3, 8])], (re, im) => fft(complex(re, im)), withoutGradient),
    kernelCase('real', [float([2, 6])], (x) => rfft(x), withoutGradient),
  ],
  IFFT: [
    kernelCase('complex', [float([3, 8]), float([3, 8])], (re, im) => ifft(complex(re, im)), withoutGradient),
    kernelCase(
      'to real',
      [float([2, 5]), float([2, 5])],
      (re, im) => irfft(complex(re, im)),
      withoutGradient,
    ),
  ],
  Linear: [
    kernelCase(
      'a kernel and a bias',
      [float([3, 4]), float([4, 5]), float([5])],
      (x, kernel, bias) => runKernel('Linear', { x, kernel, bias }),
      sums,
    ),
  ],
  LSTM: [kernelCase('a sequence', sequence, (...all) => sequenceOf(...all), sums)],
  LSTMGrad: [kernelCase('a sequence', sequence, (...all) => gradientsOf(sequenceOf, all), withoutGradient)],
  LSTMCell: [kernelCase('a step', cell, (...all) => cellOf(...all), sums)],
  LSTMCellGrad: [kernelCase('a step', cell, (...all) => gradientsOf(cellOf, all), withoutGradient)],
  _FusedMatMul: (['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const).flatMap(
    (activation) =>
      turns.map(([transposeA, transposeB]) =>
        kernelCase(
          `${activation}${transposeA ? ', first turned' : ''}${transposeB ? ', second turned' : ''}`,
          [float(turned([3, 4], transposeA)), float(turned([4, 5], transposeB)), float([5]), float([5])],
          (a, b, bias, alpha) =>
            fused.matMul({
              a,
              b,
              transposeA,
              transposeB,
              bias,
              activation,
              preluActivationWeights: activation === 'prelu' ? alpha : undefined,
              leakyreluAlpha: 0.3,
            }),
          withoutGradient,
        ),
      ),
  ),
  CachedAttention: [-1, 1].map((window) =>
    kernelCase(
      `of two positions behind two, ${window < 0 ? 'without a window' : 'in a window'}`,
      [float([2, 2, 12]), float([2, 2, 6]), float([2, 2, 6]), float([2, 2, 5, 3]), float([2, 2, 5, 3])],
      (query, keys, values, keyCache, valueCache) => {
        const allowed = tensor([1, 1, 1, 1, 1, 0, 1, 1, 1, 1], [2, 5]);
        const inputs = { query, keys, values, keyCache, valueCache, slot: tensor1d([2], 'int32'), allowed };
        return runKernel('CachedAttention', inputs, { numHeads: 4, scale: 0.5, window });
      },
      withoutGradient,
    ),
  ),
  MultiHeadAttention: attentionCases.map(({ name, attrs, allowed }) =>
    kernelCase(
      name,
      operands,
      (query, keys, values, seed) =>
        runKernel('MultiHeadAttention', { query, keys, values, allowed: allowed(), seed }, attrs),
      sums,
    ),
  ),
  MultiHeadAttentionGrad: attentionCases.map(({ name, attrs, allowed }) =>
    kernelCase(
      name,
      [float([2, 3, 6]), ...operands],
      (dy, query, keys, values, seed) => {
        const inputs = { dy, query, keys, values, allowed: allowed(), seed };
        return runKernel('MultiHeadAttentionGrad', inputs, attrs);
      },
      sums,
    ),
  ),
};
