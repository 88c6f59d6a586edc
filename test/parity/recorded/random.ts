import { cast, multinomial } from '@tensorflow/tfjs-core';
import { float, int, type KernelCases, kernelCase, oneOf, runKernel } from './kernel_case.js';

export const random: KernelCases = {
  Dropout: [
    kernelCase('a third', [float([4, 40]), int([2], [0, 1e6])], (x, seed) =>
      runKernel('Dropout', { x, seed }, { rate: 1 / 3 }),
    ),
  ],
  Multinomial: [
    kernelCase(
      'a choice that is certain',
      [oneOf([2, 3], [0, 999, 0, 999, 0, 0], [0, 0, 999, 0, 999, 0])],
      (x) => multinomial(cast(x, 'float32'), 4, 7),
    ),
  ],
  StatelessDropoutMask: [
    kernelCase('a third', [int([2], [0, 1e6])], (seed) =>
      runKernel('StatelessDropoutMask', { seed }, { shape: [4, 9], rate: 1 / 3 }),
    ),
  ],
  StatelessRandomNormal: [
    kernelCase('a matrix', [int([2], [0, 1e6])], (seed) =>
      runKernel('StatelessRandomNormal', { seed }, { shape: [2, 3] }),
    ),
  ],
  StatelessRandomUniform: [
    kernelCase('a matrix', [int([2], [0, 1e6])], (seed) =>
      runKernel('StatelessRandomUniform', { seed }, { shape: [2, 3] }),
    ),
  ],
};
