import { engine, getBackend } from '@tensorflow/tfjs-core';
import { recordingFor } from '../../jit/state.js';
import { nativeBinding } from '../../native/binding.js';
import { type NativeBackend, type NativeKernel, registerNativeKernel } from './native_kernel.js';

/** Kernels by ops of chui's addon, and whether that has their ops for the processor. */
const fused = new Map<string, () => boolean>();

/**
 * The native backend, where the ops of chui's addon run: on a CPU, and not where XLA compiles, which knows TensorFlow's own
 * ops only. Undefined elsewhere.
 */
export function fusedBackend(): NativeBackend | undefined {
  const binding = nativeBinding();
  const available = getBackend() === 'tensorflow' && binding?.chui && !binding.isUsingGpuDevice();
  return available && recordingFor() !== 'xla' ? (engine().backend as unknown as NativeBackend) : undefined;
}

/**
 * Registers a kernel by an op of chui's addon, for `fusedBackend`.
 *
 * @param isThere whether the addon has the op for the processor
 */
export function registerFusedKernel<Inputs extends string>(
  kernelName: string,
  kernel: NativeKernel<Inputs>,
  isThere: () => boolean = () => true,
): void {
  fused.set(kernelName, isThere);
  registerNativeKernel(kernelName, kernel);
}

/** Whether a kernel of the native backend can be run now. */
export function canRunNow(kernelName: string): boolean {
  const isThere = fused.get(kernelName);
  return !isThere || (fusedBackend() !== undefined && isThere());
}
