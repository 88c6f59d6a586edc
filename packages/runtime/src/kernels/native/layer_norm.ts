import { registerFusedKernel } from './fused_kernel.js';
import { floatAttribute } from './native_kernel.js';

registerFusedKernel<'x' | 'gamma' | 'beta'>('LayerNorm', ({ x, gamma, beta }, backend, { epsilon }) =>
  backend.executeMultipleOutputs(
    'ChuiLayerNorm',
    [floatAttribute(backend, 'epsilon', epsilon as number)],
    [x, gamma, beta],
    3,
  ),
);

registerFusedKernel<'dy' | 'x' | 'mean' | 'scale' | 'gamma'>(
  'LayerNormGrad',
  ({ dy, x, mean, scale, gamma }, backend) =>
    backend.executeMultipleOutputs('ChuiLayerNormGrad', [], [dy, x, mean, scale, gamma], 3),
);
