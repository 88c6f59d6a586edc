import { backend_util, util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';

/** The sum of nothing, which is 0. */
export const emptySum: HostKernel<'x'> = ({ x }, { axis, keepDims }) => {
  const axes = util.parseAxisParam(axis as number[], x.shape);
  const [reduced] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const shape = keepDims ? backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
  const dtype = x.dtype === 'bool' ? 'int32' : (x.dtype as 'float32');
  return { shape, dtype, values: util.makeZerosTypedArray(util.sizeFromShape(shape), dtype) };
};

/** No rows, for no indices. */
export const emptyGather: HostKernel<'x' | 'indices'> = ({ x, indices }, { axis, batchDims }) => {
  const [place] = util.parseAxisParam(axis as number, x.shape) as [number];
  const rest = indices.shape.slice(batchDims as number);
  const shape = [...x.shape.slice(0, place), ...rest, ...x.shape.slice(place + 1)];
  return { shape, dtype: x.dtype, values: util.makeZerosTypedArray(0, x.dtype as 'float32') };
};
