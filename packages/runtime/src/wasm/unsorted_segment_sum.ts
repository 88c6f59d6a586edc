import { util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';

/** Row s of the result is the sum of the rows of x whose segment is s; rows of segments out of range are dropped. */
export const unsortedSegmentSum: HostKernel<'x' | 'segmentIds'> = ({ x, segmentIds }, { numSegments }) => {
  const segments = numSegments as number;
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const width = util.sizeFromShape(rowShape);
  const sums = util.makeZerosTypedArray(segments * width, x.dtype as 'float32' | 'int32');
  const rows = x.values;
  for (let row = 0; row < segmentIds.values.length; row++) {
    const segment = segmentIds.values[row]!;
    if (segment < 0 || segment >= segments) continue;
    const from = row * width;
    const to = segment * width;
    for (let column = 0; column < width; column++) sums[to + column]! += rows[from + column]!;
  }
  return { shape: [segments, ...rowShape], dtype: x.dtype, values: sums };
};
