import { recordedPrecision } from '../../jit/state.js';
import { registerFusedKernel } from './fused_kernel.js';
import { floatAttribute, intAttribute } from './native_kernel.js';

type Operands = 'query' | 'keys' | 'values' | 'keyCache' | 'valueCache' | 'slot' | 'allowed';

registerFusedKernel<Operands>(
  'CachedAttention',
  ({ query, keys, values, keyCache, valueCache, slot, allowed }, backend, { numHeads, window, scale }) =>
    backend.executeSingleOutput(
      'ChuiCachedAttention',
      [
        intAttribute(backend, 'heads', numHeads as number),
        intAttribute(backend, 'window', window as number),
        floatAttribute(backend, 'scale', scale as number),
      ],
      [query, keys, values, keyCache, valueCache, slot, allowed],
    ),
  // There it would write into a rounded copy of the cache.
  () => recordedPrecision() !== 'bfloat16',
);
