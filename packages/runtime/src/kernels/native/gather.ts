import { backend_util, GatherV2, scalar, type Tensor, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { intAttribute, type NativeBackend, replaceNativeKernel, typeAttribute } from './native_kernel.js';

/**
 * Replaces tfjs-node's kernel of `gather`, which reads the indices back to check them, so that JavaScript waits for all
 * that was computed before, and takes no axis from the end. TensorFlow checks them too: on a CPU an index that is out of
 * range is its error; on a GPU it gives zeros.
 *
 * Call it when tfjs-node has registered its kernels.
 */
export function gatherWithoutReading(): void {
  replaceNativeKernel(GatherV2, () => ({ inputs, backend, attrs }) => {
    const { x, indices } = inputs as { x: Tensor; indices: Tensor };
    const { batchDims } = attrs as { batchDims: number };
    const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
    backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
    return gather(backend, x, indices, axis, batchDims);
  });
}

/** Slices of x along an axis, those that indices name. */
export function gather(
  backend: NativeBackend,
  x: TensorInfo,
  indices: TensorInfo,
  axis: number,
  batchDims: number,
): Tensor {
  const axisTensor = scalar(axis, 'int32');
  const attributes = [
    intAttribute(backend, 'batch_dims', batchDims),
    typeAttribute(backend, 'Tparams', x.dtype),
    typeAttribute(backend, 'Tindices', indices.dtype),
    typeAttribute(backend, 'Taxis', 'int32'),
  ];
  const gathered = backend.executeSingleOutput('GatherV2', attributes, [x, indices, axisTensor]);
  axisTensor.dispose();
  return gathered;
}
