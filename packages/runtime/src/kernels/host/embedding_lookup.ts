import { registerHostKernel } from './host_kernel.js';
import { segmentSum } from './segment_sum.js';

registerHostKernel<'table' | 'ids'>('EmbeddingLookup', ({ table, ids }) => {
  const [rows, width] = table.shape as [number, number];
  const values = new Float32Array(ids.values.length * width);
  for (let index = 0; index < ids.values.length; index++) {
    const id = ids.values[index]!;
    if (id < 0 || id >= rows) throw new RangeError(`ids must be from 0 to ${rows - 1}, but one is ${id}`);
    values.set(table.values.subarray(id * width, (id + 1) * width), index * width);
  }
  return { shape: [...ids.shape, width], dtype: 'float32', values };
});

registerHostKernel<'dy' | 'ids'>('EmbeddingLookupGrad', ({ dy, ids }, { rows }) => {
  const width = dy.shape.at(-1)!;
  const sums = segmentSum(dy.values, ids.values, rows as number, width);
  return { shape: [rows as number, width], dtype: 'float32', values: sums };
});
