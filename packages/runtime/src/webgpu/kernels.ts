import {
  Cast,
  Cumprod,
  Cumsum,
  getKernel,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { castThatConverts } from './cast.js';
import { cumulativeForwards } from './cumulative.js';

const corrections: Record<string, (original: KernelFunc) => KernelFunc> = {
  [Cast]: castThatConverts,
  [Cumprod]: cumulativeForwards,
  [Cumsum]: cumulativeForwards,
};

let corrected = false;

/**
 * Puts right what the kernels of @tensorflow/tfjs-backend-webgpu 4.22 get wrong and our models use. Calling it again
 * changes nothing.
 */
export function correctWebgpuKernels(): void {
  if (corrected) return;
  corrected = true;
  for (const [name, correct] of Object.entries(corrections)) {
    const kernel = getKernel(name, 'webgpu');
    unregisterKernel(name, 'webgpu');
    registerKernel({ ...kernel, kernelFunc: correct(kernel.kernelFunc) });
  }
}
