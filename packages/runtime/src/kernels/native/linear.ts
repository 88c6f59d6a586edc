import { registerFusedKernel } from './fused_kernel.js';
import { multipliesMatrices } from './mat_mul.js';

registerFusedKernel<'x' | 'kernel' | 'bias'>(
  'Linear',
  ({ x, kernel, bias }, backend) => backend.executeSingleOutput('ChuiLinear', [], [x, kernel, bias]),
  multipliesMatrices,
);
