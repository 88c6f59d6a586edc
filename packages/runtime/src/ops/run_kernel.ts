import {
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { canRunNow } from '../kernels/native/fused_kernel.js';

/** Whether the current backend has a kernel of this name, and it can be run now. */
export function hasKernel(name: string): boolean {
  return getKernel(name, getBackend()) !== undefined && (getBackend() !== 'tensorflow' || canRunNow(name));
}

/** Runs a kernel of one output on the current backend. */
export function runKernel(name: string, inputs: NamedTensorMap, attrs?: NamedAttrMap): Tensor {
  return engine().runKernel<Tensor>(name, inputs, attrs);
}

/** Runs a kernel of several outputs on the current backend. */
export function runKernelOutputs(name: string, inputs: NamedTensorMap, attrs?: NamedAttrMap): Tensor[] {
  return engine().runKernel<Tensor[]>(name, inputs, attrs);
}
