import { clone, mul, registerGradient, type Tensor, tidy } from '@tensorflow/tfjs-core';
import '../kernels/native/dropout.js';
import { nextDrawTensor } from '../random/generator.js';
import { dropoutMask } from '../random/random.js';
import { hasKernel, runKernel } from './run_kernel.js';

/**
 * Dropout: in training each element becomes 0 with probability `rate`, else x / (1 − rate), so that the mean stays;
 * otherwise x. The seed of `setSeed` decides which, on every backend alike.
 *
 * @param rate 0 ≤ rate < 1
 * @throws RangeError if the rate is out of its range
 * @see Srivastava et al. (2014), https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: Tensor, rate: number, { training = false }: { training?: boolean } = {}): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`rate must be at least 0 and below 1, but is ${rate}`);
  if (!training || rate === 0) return clone(x);
  if (!hasKernel('Dropout')) return tidy(() => mul(x, dropoutMask(x.shape, rate)));
  return tidy(() => runKernel('Dropout', { x, seed: nextDrawTensor() }, { rate }));
}

registerGradient({
  kernelName: 'Dropout',
  inputsToSave: ['seed'],
  gradFunc: (dy, saved, { rate }) => ({
    x: () => runKernel('Dropout', { x: dy as Tensor, seed: saved[0]! }, { rate: rate! }),
    seed: () => {
      throw new Error('dropout has no gradient for its seed');
    },
  }),
});
