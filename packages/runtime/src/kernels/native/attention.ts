import { registerFusedKernel } from './fused_kernel.js';
import { multipliesMatrices } from './mat_mul.js';
import { intAttribute } from './native_kernel.js';

registerFusedKernel<'query' | 'keys' | 'values' | 'allowed'>(
  'MultiHeadAttention',
  ({ query, keys, values, allowed }, backend, { numHeads }) => {
    const attributes = [intAttribute(backend, 'heads', numHeads as number)];
    return allowed
      ? backend.executeSingleOutput('ChuiMaskedAttention', attributes, [query, keys, values, allowed])
      : backend.executeSingleOutput('ChuiAttention', attributes, [query, keys, values]);
  },
  multipliesMatrices,
);
