import { scalar } from '@tensorflow/tfjs-core';
import { intAttribute, registerNativeKernel, typeAttribute } from './native_kernel.js';

registerNativeKernel<'table' | 'ids'>('EmbeddingLookup', ({ table, ids }, backend) => {
  const axis = scalar(0, 'int32');
  const attributes = [
    intAttribute(backend, 'batch_dims', 0),
    typeAttribute(backend, 'Tparams', table.dtype),
    typeAttribute(backend, 'Tindices', 'int32'),
    typeAttribute(backend, 'Taxis', 'int32'),
  ];
  const vectors = backend.executeSingleOutput('GatherV2', attributes, [table, ids, axis]);
  axis.dispose();
  return vectors;
});

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
