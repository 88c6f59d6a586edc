import { util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';
import { segmentSum } from '../kernels/host/segment_sum.js';

/** Row s of the result is the sum of the rows of x whose segment is s; rows of segments out of range are dropped. */
export const unsortedSegmentSum: HostKernel<'x' | 'segmentIds'> = ({ x, segmentIds }, attrs) => {
  const numSegments = attrs.numSegments as number;
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const sums = segmentSum(x.values, segmentIds.values, numSegments, util.sizeFromShape(rowShape));
  return { shape: [numSegments, ...rowShape], dtype: x.dtype, values: sums };
};
