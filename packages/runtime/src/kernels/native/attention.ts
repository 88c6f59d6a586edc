import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { registerFusedKernel } from './fused_kernel.js';
import { multipliesMatrices } from './mat_mul.js';
import { boolAttribute, floatAttribute, intAttribute, type NativeBackend } from './native_kernel.js';

type Operands = 'query' | 'keys' | 'values' | 'allowed' | 'seed';

const attributes = (backend: NativeBackend, { numHeads, causal, rate }: NamedAttrMap) => [
  intAttribute(backend, 'heads', numHeads as number),
  boolAttribute(backend, 'causal', causal as boolean),
  floatAttribute(backend, 'rate', rate as number),
  floatAttribute(backend, 'kept', 1 / (1 - (rate as number))),
];

registerFusedKernel<Operands>(
  'MultiHeadAttention',
  ({ query, keys, values, allowed, seed }, backend, attrs) =>
    backend.executeSingleOutput('ChuiAttention', attributes(backend, attrs), [
      query,
      keys,
      values,
      allowed,
      seed,
    ]),
  multipliesMatrices,
);

registerFusedKernel<Operands | 'dy'>(
  'MultiHeadAttentionGrad',
  ({ dy, query, keys, values, allowed, seed }, backend, attrs) =>
    backend.executeMultipleOutputs(
      'ChuiAttentionGrad',
      attributes(backend, attrs),
      [dy, query, keys, values, allowed, seed],
      3,
    ),
  multipliesMatrices,
);
