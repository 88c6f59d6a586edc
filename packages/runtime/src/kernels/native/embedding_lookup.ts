import { scalar } from '@tensorflow/tfjs-core';
import { gather } from './gather.js';
import { registerNativeKernel, typeAttribute } from './native_kernel.js';

registerNativeKernel<'table' | 'ids'>('EmbeddingLookup', ({ table, ids }, backend) =>
  gather(backend, table, ids, 0, 0),
);

registerNativeKernel<'dy' | 'ids'>('EmbeddingLookupGrad', ({ dy, ids }, backend, attrs) => {
  const rows = scalar(attrs.rows as number, 'int32');
  const attributes = [
    typeAttribute(backend, 'T', dy.dtype),
    typeAttribute(backend, 'Tindices', 'int32'),
    typeAttribute(backend, 'Tnumsegments', 'int32'),
  ];
  const sums = backend.executeSingleOutput('UnsortedSegmentSum', attributes, [dy, ids, rows]);
  rows.dispose();
  return sums;
});
