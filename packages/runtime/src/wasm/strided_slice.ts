import { slice_util, util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';

/** Every stride-th element between begin and end, along each axis. */
export const stridedSlice: HostKernel<'x'> = ({ x }, attrs) => {
  const { begin, end, strides, ...masks } = attrs as Record<'begin' | 'end' | 'strides', number[]>;
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = masks as Record<string, number>;
  const info = slice_util.sliceInfo(
    x.shape,
    begin,
    end,
    strides,
    beginMask!,
    endMask!,
    ellipsisMask!,
    newAxisMask!,
    shrinkAxisMask!,
  );
  const size = util.sizeFromShape(info.finalShapeSparse);
  const values = util.makeZerosTypedArray(size, x.dtype as 'float32');
  const steps = util.computeStrides(x.shape);
  const source = x.shape.map((_, axis) => (steps[axis] ?? 1) * info.strides[axis]!);
  const first = x.shape.reduce((offset, _, axis) => offset + info.begin[axis]! * (steps[axis] ?? 1), 0);
  const sizes = slice_util.computeOutShape(info.begin, info.end, info.strides);
  for (let index = 0; index < size; index++) {
    let rest = index;
    let offset = first;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      offset += (rest % sizes[axis]!) * source[axis]!;
      rest = Math.floor(rest / sizes[axis]!);
    }
    values[index] = x.values[offset]!;
  }
  return { shape: info.finalShape, dtype: x.dtype, values };
};
