import {
  expandDims,
  logSoftmax,
  mul,
  neg,
  oneHot,
  registerGradient,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import '../kernels/host/sparse_softmax_cross_entropy.js';
import '../kernels/native/sparse_softmax_cross_entropy.js';
import { hasKernel, runKernelOutputs } from './run_kernel.js';

/**
 * Cross entropy of each row of logits with the class that is right: −log softmax(logits)[label], for logits of any size
 * without overflow. It has a first derivative only.
 *
 * @param logits (N, V), float32
 * @param labels (N), int32, each from 0 to V − 1
 * @returns the losses, (N)
 * @throws RangeError if shapes or types do not fit; on WASM and in pure JavaScript also if a label is out of range. The
 * native backend throws TensorFlow's error for that on a CPU, and gives NaN on a GPU.
 */
export function sparseSoftmaxCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (logits.rank !== 2 || labels.rank !== 1 || logits.shape[0] !== labels.shape[0]) {
    throw new RangeError(
      `logits must be (N, V) and labels (N), but are (${logits.shape}) and (${labels.shape})`,
    );
  }
  if (labels.dtype !== 'int32') throw new RangeError(`labels must be int32, but are ${labels.dtype}`);
  return tidy(() => {
    if (hasKernel('SparseSoftmaxCrossEntropy')) {
      return runKernelOutputs('SparseSoftmaxCrossEntropy', { logits, labels })[0]!;
    }
    return neg(sum(mul(logSoftmax(logits), oneHot(labels, logits.shape[1]!)), 1)); // (N)
  });
}

registerGradient({
  kernelName: 'SparseSoftmaxCrossEntropy',
  outputsToSave: [false, true],
  gradFunc: (dy, saved) => {
    const [dLoss] = dy as [Tensor];
    const [gradient] = saved as [Tensor];
    return { logits: () => mul(expandDims(dLoss, 1), gradient) };
  },
});
