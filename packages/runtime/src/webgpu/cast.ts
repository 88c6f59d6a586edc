import {
  Cast,
  getKernel,
  type KernelBackend,
  Multiply,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** What kernels use of their backend. */
type Backend = KernelBackend & {
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
};

let registered = false;

/**
 * Makes casts to float32 on WebGPU write floats. In tfjs 4.22 a cast from int32 or bool only renames: the buffer keeps
 * its integers, and kernels that read a buffer as it is, such as Transpose, then fail with nothing but a warning in the
 * console. Calling it again changes nothing.
 */
export function registerWebgpuCast(): void {
  const kernel = getKernel(Cast, 'webgpu');
  if (registered || !kernel) return;
  registered = true;
  unregisterKernel(Cast, 'webgpu');
  registerKernel({
    ...kernel,
    kernelFunc: (params) => {
      const renamed = kernel.kernelFunc(params) as TensorInfo;
      const source = params.inputs.x!.dtype;
      if (renamed.dtype !== 'float32' || (source !== 'int32' && source !== 'bool')) return renamed;
      const backend = params.backend as Backend;
      const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1));
      const floats = getKernel(Multiply, 'webgpu').kernelFunc({ inputs: { a: renamed, b: one }, backend });
      backend.disposeData(one.dataId);
      backend.disposeData(renamed.dataId);
      return floats;
    },
  });
}
