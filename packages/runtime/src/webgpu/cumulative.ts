import {
  getKernel,
  type KernelBackend,
  type KernelFunc,
  type NamedAttrMap,
  Reverse,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/**
 * A cumulative sum or product that is right in reverse too. The backend's own compiles the length of the first tensor
 * that it sees into a shader that it then uses for every length.
 */
export const cumulativeForwards =
  (cumulate: KernelFunc): KernelFunc =>
  (params) => {
    const attrs = params.attrs as NamedAttrMap & { axis: number; reverse: boolean };
    if (!attrs.reverse) return cumulate(params);
    const backend = params.backend as KernelBackend;
    const reversed = (x: TensorInfo) =>
      getKernel(Reverse, 'webgpu').kernelFunc({
        inputs: { x },
        attrs: { dims: [attrs.axis] },
        backend,
      }) as TensorInfo;
    const x = reversed(params.inputs.x!);
    const sums = cumulate({ inputs: { x }, attrs: { ...attrs, reverse: false }, backend }) as TensorInfo;
    const result = reversed(sums);
    backend.disposeData(x.dataId);
    backend.disposeData(sums.dataId);
    return result;
  };
