import {
  add,
  customGrad,
  erf,
  exp,
  mul,
  registerGradient,
  sigmoid,
  square,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import '../kernels/host/gelu.js';
import '../kernels/native/gelu.js';
import { hasKernel, runKernel } from './run_kernel.js';

/**
 * Gaussian error linear unit: x · Φ(x) with Φ the normal distribution function or, with `approximate: 'tanh'`,
 * x · (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. It has a first derivative only.
 *
 * @see Hendrycks and Gimpel (2016), https://arxiv.org/abs/1606.08415
 */
export function gelu(x: Tensor, { approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  const tanh = approximate === 'tanh';
  if (!hasKernel('Gelu')) return (tanh ? composedTanh : composed)(x);
  return runKernel('Gelu', { x }, { tanh });
}

registerGradient({
  kernelName: 'Gelu',
  inputsToSave: ['x'],
  gradFunc: (dy, saved, { tanh }) => {
    const [x] = saved as [Tensor];
    return { x: () => runKernel('GeluGrad', { x, dy: dy as Tensor }, { tanh: tanh! }) };
  },
});

type Save = (tensors: Tensor[]) => void;

const composed = customGrad((...args) => {
  const [x, save] = args as unknown as [Tensor, Save];
  const share = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  save([x, share]);
  return {
    value: mul(x, share),
    gradFunc: (dy: Tensor, saved: Tensor[]) => {
      const [x, share] = saved as [Tensor, Tensor];
      const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return mul(dy, add(share, mul(x, density)));
    },
  };
});

// (1 + tanh(z)) / 2 = σ(2z), which saves ops.
const SLOPE = 2 * Math.sqrt(2 / Math.PI);
const composedTanh = customGrad((...args) => {
  const [x, save] = args as unknown as [Tensor, Save];
  const share = sigmoid(mul(x, add(mul(square(x), SLOPE * 0.044715), SLOPE)));
  save([x, share]);
  return {
    value: mul(x, share),
    gradFunc: (dy: Tensor, saved: Tensor[]) => {
      const [x, share] = saved as [Tensor, Tensor];
      const slope = add(mul(square(x), 3 * SLOPE * 0.044715), SLOPE);
      const change = mul(mul(x, slope), mul(share, sub(1, share)));
      return mul(dy, add(share, change));
    },
  };
});
