import {
  Cast,
  getKernel,
  type KernelFunc,
  Reshape,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from './native_kernel.js';

/** Whether a kernel would give its input as it is. */
type IsView = (x: TensorInfo, attrs: { shape: number[]; dtype: string }) => boolean;

let replaced = false;

/**
 * Makes reshapes to the same shape and casts to the same type free on the native backend: they share their input, as on
 * the other backends. tfjs's gradients are full of them, and tfjs-node runs an op for each: of the ops of a Transformer's
 * training step they are a third.
 *
 * Call it when tfjs-node has registered its kernels.
 */
export function shareViews(): void {
  if (replaced) return;
  replaced = true;
  share(
    Reshape,
    (x, { shape }) => x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis]),
  );
  share(Cast, (x, { dtype }) => x.dtype === dtype);
}

function share(kernelName: string, isView: IsView): void {
  const { kernelFunc, ...config } = getKernel(kernelName, 'tensorflow');
  const shared: KernelFunc = (params) => {
    const x = params.inputs.x!;
    const attrs = params.attrs as unknown as Parameters<IsView>[1];
    if (!isView(x, attrs)) return kernelFunc(params);
    (params.backend as NativeBackend).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
  unregisterKernel(kernelName, 'tensorflow');
  registerKernel({ ...config, kernelFunc: shared });
}
