import {
  engine,
  getGradient,
  registerGradient,
  Softmax,
  type Tensor,
  type TensorInfo,
  unregisterGradient,
} from '@tensorflow/tfjs-core';
import { canRunNow, fusedBackend, registerFusedKernel } from './fused_kernel.js';
import { replaceNativeKernel } from './native_kernel.js';

registerFusedKernel<'y' | 'dy'>('SoftmaxGrad', ({ y, dy }, backend) =>
  backend.executeSingleOutput('ChuiSoftmaxGrad', [], [y, dy]),
);

/**
 * Has chui's addon compute softmax and its gradient in one pass each, where its ops run.
 *
 * Call it when tfjs-node has registered its kernels, and tfjs its gradients.
 */
export function softmaxInOnePass(): void {
  const isFirst = replaceNativeKernel(Softmax, (original) => (call) => {
    const { logits } = call.inputs as { logits: TensorInfo };
    const backend = logits.dtype === 'float32' && logits.shape.length > 0 ? fusedBackend() : undefined;
    return backend ? backend.executeSingleOutput('ChuiSoftmax', [], [logits]) : original(call);
  });
  const gradient = getGradient(Softmax);
  if (!isFirst || !gradient) return;
  unregisterGradient(Softmax);
  registerGradient({
    ...gradient,
    gradFunc: (dy, saved, attrs) => {
      if (!canRunNow('SoftmaxGrad')) return gradient.gradFunc(dy, saved, attrs);
      const [y] = saved as [Tensor];
      return { logits: () => engine().runKernel('SoftmaxGrad', { y, dy: dy as Tensor }) };
    },
  });
}
