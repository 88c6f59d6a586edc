import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { recordingFor } from '../../jit/state.js';
import type { NativeBackend } from './native_kernel.js';

/**
 * While a function is recorded: tensors that are there only after others. What is computed of them is computed then, even
 * if the same was computed of the original tensors before; without it, TensorFlow would compute it once and keep it.
 */
export function after(tensors: readonly Tensor[], others: readonly Tensor[]): Tensor[] {
  const backend = engine().backend as unknown as NativeBackend;
  const op = recordingFor() === 'xla' ? 'XlaOptimizationBarrier' : 'IdentityN';
  const inputs = [...tensors, ...others];
  return backend.executeMultipleOutputs(op, [], inputs, inputs.length).slice(0, tensors.length);
}
