import { registerHostKernel } from './host_kernel.js';

const TANH_SCALE = Math.sqrt(2 / Math.PI);

/** What x is multiplied with: Φ(x), or its approximation by tanh. */
function gate(x: number, tanh: boolean): number {
  return tanh
    ? 0.5 * (1 + Math.tanh(TANH_SCALE * (x + 0.044715 * x ** 3)))
    : 0.5 * (1 + errorFunction(x * Math.SQRT1_2));
}

/** Abramowitz and Stegun 7.1.26, to 1.5e-7, as tfjs has it. */
function errorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - tail * Math.exp(-x * x));
}

registerHostKernel<'x'>('Gelu', ({ x }, { tanh }) => {
  const values = new Float32Array(x.values.length);
  for (let at = 0; at < values.length; at++) {
    const value = x.values[at]!;
    values[at] = value * gate(value, tanh as boolean);
  }
  return { shape: x.shape, dtype: 'float32', values };
});

registerHostKernel<'x' | 'dy'>('GeluGrad', ({ x, dy }, { tanh }) => {
  const values = new Float32Array(x.values.length);
  for (let at = 0; at < values.length; at++) {
    const value = x.values[at]!;
    const share = gate(value, tanh as boolean);
    const slope = tanh
      ? 2 * share * (1 - share) * TANH_SCALE * (1 + 3 * 0.044715 * value * value)
      : Math.exp(-0.5 * value * value) / Math.sqrt(2 * Math.PI);
    values[at] = dy.values[at]! * (share + value * slope);
  }
  return { shape: x.shape, dtype: 'float32', values };
});
