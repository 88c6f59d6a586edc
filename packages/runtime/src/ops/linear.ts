import { add, matMul, registerGradient, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import '../kernels/native/linear.js';
import { multipliesFaster } from '../kernels/native/mat_mul.js';
import { hasKernel, runKernel } from './run_kernel.js';

/**
 * x · W + b. On the native backend the product begins with the bias, which takes no pass of its own then.
 *
 * @param x (N, I)
 * @param kernel W (I, O)
 * @param bias b (O)
 * @returns (N, O)
 * @throws RangeError if the sizes do not belong together
 */
export function linear(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const [rows, width] = x.shape as [number, number];
  const columns = kernel.shape[1]!;
  if (x.rank !== 2 || kernel.rank !== 2 || kernel.shape[0] !== width) {
    throw new RangeError(
      `kernel must be of shape (I, O) for x (N, I), but is (${kernel.shape}) for (${x.shape})`,
    );
  }
  if (bias.rank !== 1 || bias.shape[0] !== columns) {
    throw new RangeError(`bias must be of shape (${columns}), but is (${bias.shape})`);
  }
  return hasKernel('Linear') && multipliesFaster([x, kernel, bias], rows, columns)
    ? runKernel('Linear', { x, kernel, bias })
    : tidy(() => add(matMul(x, kernel), bias));
}

registerGradient({
  kernelName: 'Linear',
  inputsToSave: ['x', 'kernel'],
  gradFunc: (dy, saved) => {
    const [x, kernel] = saved as [Tensor, Tensor];
    return {
      x: () => matMul(dy as Tensor, kernel, false, true),
      kernel: () => matMul(x, dy as Tensor, true, false),
      bias: () => sum(dy as Tensor, 0),
    };
  },
});
