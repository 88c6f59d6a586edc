import {
  getKernel,
  type KernelBackend,
  type KernelFunc,
  Multiply,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** What kernels use of their backend. */
type Backend = KernelBackend & {
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
};

/**
 * A cast that writes floats. The backend's own, from int32 or bool to float32, only renames: the buffer keeps its
 * integers, and kernels that read a buffer as it is, such as Transpose, then fail with nothing but a warning in the
 * console.
 */
export const castThatConverts =
  (cast: KernelFunc): KernelFunc =>
  (params) => {
    const renamed = cast(params) as TensorInfo;
    const source = params.inputs.x!.dtype;
    if (renamed.dtype !== 'float32' || (source !== 'int32' && source !== 'bool')) return renamed;
    const backend = params.backend as Backend;
    const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1));
    const floats = getKernel(Multiply, 'webgpu').kernelFunc({ inputs: { a: renamed, b: one }, backend });
    backend.disposeData(one.dataId);
    backend.disposeData(renamed.dataId);
    return floats;
  };
