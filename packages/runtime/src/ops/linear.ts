import { add, matMul, registerGradient, reshape, sum, type Tensor, tidy, util } from '@tensorflow/tfjs-core';
import '../kernels/native/linear.js';
import { multipliesFaster } from '../kernels/native/mat_mul.js';
import { hasKernel, runKernel } from './run_kernel.js';

/**
 * x · W + b over the last axis. On the native backend the product begins with the bias, which takes no pass of its own then.
 *
 * @param x (…, I)
 * @param kernel W (I, O)
 * @param bias b (O)
 * @returns (…, O)
 * @throws RangeError if the sizes do not belong together
 */
export function linear(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  const width = x.shape.at(-1);
  const columns = kernel.shape[1]!;
  if (x.rank === 0 || kernel.rank !== 2 || kernel.shape[0] !== width) {
    throw new RangeError(
      `kernel must be of shape (I, O) for x (…, I), but is (${kernel.shape}) for (${x.shape})`,
    );
  }
  if (bias.rank !== 1 || bias.shape[0] !== columns) {
    throw new RangeError(`bias must be of shape (${columns}), but is (${bias.shape})`);
  }
  const rows = util.sizeFromShape(x.shape.slice(0, -1));
  if (x.rank > 1 && hasKernel('Linear') && multipliesFaster([x, kernel, bias], [rows, width!, columns])) {
    return runKernel('Linear', { x, kernel, bias });
  }
  return tidy(() => {
    const y = add(matMul(rowsOf(x), kernel), bias);
    return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), columns]);
  });
}

/** (…, I) → (N, I): a product of matrices broadcasts no factor. */
function rowsOf(x: Tensor): Tensor {
  return x.rank === 2 ? x : reshape(x, [util.sizeFromShape(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

registerGradient({
  kernelName: 'Linear',
  inputsToSave: ['x', 'kernel'],
  gradFunc: (dy, saved) => {
    const [x, kernel] = saved as [Tensor, Tensor];
    const rows = () => rowsOf(dy as Tensor);
    return {
      x: () => reshape(matMul(rows(), kernel, false, true), x.shape),
      kernel: () => matMul(rowsOf(x), rows(), true, false),
      bias: () => sum(rows(), 0),
    };
  },
});
