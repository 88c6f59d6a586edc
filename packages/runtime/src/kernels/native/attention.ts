import { nativeBinding } from '../../native/binding.js';
import { registerFusedKernel } from './fused_kernel.js';
import { intAttribute } from './native_kernel.js';

let registered = false;

/**
 * Has chui's addon compute an attention in one pass, where it has products of matrices for the processor; once
 * however often it is called.
 *
 * Call it when tfjs-node is loaded.
 */
export function attentionInOnePass(): void {
  if (registered || !nativeBinding()?.chui?.multipliesMatrices) return;
  registered = true;
  registerFusedKernel<'query' | 'keys' | 'values' | 'allowed'>(
    'MultiHeadAttention',
    ({ query, keys, values, allowed }, backend, { numHeads }) => {
      const attributes = [intAttribute(backend, 'heads', numHeads as number)];
      return allowed
        ? backend.executeSingleOutput('ChuiMaskedAttention', attributes, [query, keys, values, allowed])
        : backend.executeSingleOutput('ChuiAttention', attributes, [query, keys, values]);
    },
  );
}
