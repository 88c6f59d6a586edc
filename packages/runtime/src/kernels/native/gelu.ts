import { registerFusedKernel } from './fused_kernel.js';
import { boolAttribute } from './native_kernel.js';

registerFusedKernel<'x'>('Gelu', ({ x }, backend, { tanh }) =>
  backend.executeSingleOutput('ChuiGelu', [boolAttribute(backend, 'tanh', tanh as boolean)], [x]),
);

registerFusedKernel<'x' | 'dy'>('GeluGrad', ({ x, dy }, backend, { tanh }) =>
  backend.executeSingleOutput('ChuiGeluGrad', [boolAttribute(backend, 'tanh', tanh as boolean)], [x, dy]),
);
