import { Cast, Reshape, type TensorInfo } from '@tensorflow/tfjs-core';
import { replaceNativeKernel } from './native_kernel.js';

/** Whether a kernel would give its input as it is. */
type IsView = (x: TensorInfo, attrs: { shape: number[]; dtype: string }) => boolean;

/**
 * Makes reshapes to the same shape and casts to the same type free on the native backend: they share their input, as on
 * the other backends. tfjs's gradients are full of them, and tfjs-node runs an op for each: of the ops of a Transformer's
 * training step they are a third.
 *
 * Call it when tfjs-node has registered its kernels.
 */
export function shareViews(): void {
  share(
    Reshape,
    (x, { shape }) => x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis]),
  );
  share(Cast, (x, { dtype }) => x.dtype === dtype);
}

function share(kernelName: string, isView: IsView): void {
  replaceNativeKernel(kernelName, (original) => (call) => {
    const x = call.inputs.x!;
    if (!isView(x, call.attrs as unknown as Parameters<IsView>[1])) return original(call);
    call.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
}
