import { registerFusedKernel } from './fused_kernel.js';
import { floatAttribute } from './native_kernel.js';

registerFusedKernel<'x' | 'seed'>('Dropout', ({ x, seed }, backend, attrs) => {
  const rate = attrs.rate as number;
  const attributes = [floatAttribute(backend, 'rate', rate), floatAttribute(backend, 'kept', 1 / (1 - rate))];
  return backend.executeSingleOutput('ChuiDropout', attributes, [x, seed]);
});
