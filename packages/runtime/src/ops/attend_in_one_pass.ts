import { registerGradient, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import '../kernels/native/attention.js';
import { nextDrawTensor } from '../random/generator.js';
import { hasKernel, runKernel, runKernelOutputs } from './run_kernel.js';

/** What `attendInOnePass` takes; heads stand side by side along the last axis. */
export interface AttentionOperands {
  /** (B, T, H·K) */
  query: Tensor;
  /** (B, S, H·K) */
  keys: Tensor;
  /** (B, S, H·V) */
  values: Tensor;
  numHeads: number;
  /** 1 where a query may attend and 0 elsewhere, float32, (B, H, T, S), where axes may be 1; all, if left out. */
  allowed?: Tensor | undefined;
  /** Whether query t is kept from slots after t. */
  causal?: boolean;
  /** Share of the weights that is dropped. */
  dropout?: number;
}

/** Whether `attendInOnePass` may be called: there is an op for the processor. */
export const attendsInOnePass = (): boolean => hasKernel('MultiHeadAttention');

/**
 * For each head dropout(softmax(query · keysᵀ / √K)) · values, side by side: (B, T, H·V). A query that may attend to nothing
 * gets zeros. It keeps the weights of some rows at a time, so that memory grows with S and not with T · S; so does its
 * gradient, which computes them again. It has a first derivative only.
 */
export function attendInOnePass({
  query,
  keys,
  values,
  numHeads,
  allowed,
  causal = false,
  dropout: rate = 0,
}: AttentionOperands): Tensor {
  return tidy(() => {
    const seed = rate > 0 ? nextDrawTensor() : tensor1d([], 'int32');
    const inputs = { query, keys, values, allowed: allowed ?? tensor1d([]), seed };
    return runKernel('MultiHeadAttention', inputs, { numHeads, causal, rate });
  });
}

registerGradient({
  kernelName: 'MultiHeadAttention',
  inputsToSave: ['query', 'keys', 'values', 'allowed', 'seed'],
  gradFunc: (dy, saved, attrs) => {
    const [query, keys, values, allowed, seed] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const inputs = { dy: dy as Tensor, query, keys, values, allowed, seed };
    const gradients = runKernelOutputs('MultiHeadAttentionGrad', inputs, attrs) as [Tensor, Tensor, Tensor];
    const none = (name: string) => () => {
      throw new Error(`attention has no gradient for ${name}`);
    };
    return {
      query: () => gradients[0],
      keys: () => gradients[1],
      values: () => gradients[2],
      allowed: none('its mask'),
      seed: none('its seed'),
    };
  },
});
