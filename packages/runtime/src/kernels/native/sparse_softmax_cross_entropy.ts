import { registerNativeKernel, typeAttribute } from './native_kernel.js';

registerNativeKernel<'logits' | 'labels'>('SparseSoftmaxCrossEntropy', ({ logits, labels }, backend) => {
  const attributes = [typeAttribute(backend, 'T', 'float32'), typeAttribute(backend, 'Tlabels', 'int32')];
  return backend.executeMultipleOutputs(
    'SparseSoftmaxCrossEntropyWithLogits',
    attributes,
    [logits, labels],
    2,
  );
});
