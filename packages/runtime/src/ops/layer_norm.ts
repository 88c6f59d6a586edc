import {
  add,
  customGrad,
  mean,
  mul,
  registerGradient,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import '../kernels/host/layer_norm.js';
import '../kernels/native/layer_norm.js';
import { hasKernel, runKernelOutputs } from './run_kernel.js';

/**
 * Layer normalization over the last axis: (x − mean) / √(variance + ε) · gamma + beta, the variance being the mean
 * square of the difference. It has a first derivative only.
 *
 * @param x (…, D)
 * @param gamma (D)
 * @param beta (D)
 * @param epsilon added to the variance, above 0
 * @throws RangeError if gamma or beta are not as wide as x, or epsilon is not above 0
 * @see Ba, Kiros and Hinton (2016), https://arxiv.org/abs/1607.06450
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon = 1e-5): Tensor {
  const width = x.shape.at(-1);
  for (const [name, { shape }] of Object.entries({ gamma, beta })) {
    if (shape.length !== 1 || shape[0] !== width) {
      throw new RangeError(`${name} must be of shape (${width}), but is (${shape})`);
    }
  }
  if (!(epsilon > 0)) throw new RangeError(`epsilon must be above 0, but is ${epsilon}`);
  if (!hasKernel('LayerNorm')) return composed(epsilon)(x, gamma, beta);
  return tidy(() => runKernelOutputs('LayerNorm', { x, gamma, beta }, { epsilon })[0]!);
}

registerGradient({
  kernelName: 'LayerNorm',
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dy, saved) => {
    const [dOutput] = dy as [Tensor];
    const [x, gamma, mean, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
    const inputs = { dy: dOutput, x, mean, scale, gamma };
    const [dx, dGamma, dBeta] = runKernelOutputs('LayerNormGrad', inputs);
    return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta! };
  },
});

const composed = (epsilon: number) =>
  customGrad((...args) => {
    const [x, gamma, beta, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const centred = sub(x, mean(x, -1, true));
    const scale = rsqrt(add(mean(square(centred), -1, true), epsilon)); // (…, 1)
    const normalized = mul(centred, scale);
    save([normalized, scale, gamma]);
    return {
      value: add(mul(normalized, gamma), beta),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [normalized, scale, gamma] = saved as [Tensor, Tensor, Tensor];
        const rows = Array.from({ length: dy.rank - 1 }, (_, axis) => axis);
        const upstream = mul(dy, gamma);
        const projection = mul(normalized, mean(mul(upstream, normalized), -1, true));
        const dx = mul(scale, sub(sub(upstream, mean(upstream, -1, true)), projection));
        return [dx, sum(mul(dy, normalized), rows), sum(dy, rows)];
      },
    };
  });
