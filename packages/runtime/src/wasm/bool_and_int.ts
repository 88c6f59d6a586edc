import { util } from '@tensorflow/tfjs-core';
import type { HostKernel } from '../kernels/host/host_kernel.js';

/** x as truth values: 1 for all that is not 0. */
export const castToBool: HostKernel<'x'> = ({ x }) => ({
  shape: x.shape,
  dtype: 'bool',
  values: Uint8Array.from(x.values, (value) => (value === 0 ? 0 : 1)),
});

/** Each integer brought into a range. */
export const clipIntegers: HostKernel<'x'> = ({ x }, { clipValueMin, clipValueMax }) => ({
  shape: x.shape,
  dtype: x.dtype,
  values: x.values.map((value) => Math.min(Math.max(value, clipValueMin as number), clipValueMax as number)),
});

/** t where the condition holds, else e; a condition of rank 1 chooses among rows. */
export const selectBool: HostKernel<'condition' | 't' | 'e'> = ({ condition, t, e }) => {
  const rowSize = condition.values.length === 0 ? 1 : t.values.length / condition.values.length;
  const values = Uint8Array.from(t.values, (value, index) =>
    condition.values[Math.floor(index / rowSize)] ? value : e.values[index]!,
  );
  return { shape: t.shape, dtype: 'bool', values };
};

/** The elements in the opposite order along the given axes. */
export const reverseBool: HostKernel<'x'> = ({ x }, { dims }) => {
  const reversed = new Set(util.parseAxisParam(dims as number[], x.shape));
  const values = Uint8Array.from(x.values, (_, index) => {
    let source = 0;
    let rest = index;
    let step = 1;
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      const size = x.shape[axis]!;
      const at = rest % size;
      source += (reversed.has(axis) ? size - 1 - at : at) * step;
      rest = Math.floor(rest / size);
      step *= size;
    }
    return x.values[source]!;
  });
  return { shape: x.shape, dtype: 'bool', values };
};
