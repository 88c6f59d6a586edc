import { engine, type Tensor } from '@tensorflow/tfjs-core';
import '../kernels/native/attention.js';
import { hasKernel, runKernel } from './run_kernel.js';

/** What `attendInOnePass` takes; heads stand side by side along the last axis. */
export interface AttentionOperands {
  /** (B, T, H·K) */
  query: Tensor;
  /** (B, S, H·K) */
  keys: Tensor;
  /** (B, S, H·V) */
  values: Tensor;
  numHeads: number;
  /** 1 where a query may attend and 0 elsewhere, float32, (B, H, T, S), where axes may be 1. */
  allowed?: Tensor | undefined;
}

/** Whether `attendInOnePass` may be called: where no gradient is asked for and there is an op for the processor. */
export const attendsInOnePass = (): boolean => hasKernel('MultiHeadAttention') && !engine().isTapeOn();

/**
 * For each head softmax(query · keysᵀ / √K) · values, side by side: (B, T, H·V). A query that may attend to nothing gets
 * zeros. It keeps the weights of some rows at a time, so that memory grows with S and not with T · S, and has no gradient.
 */
export function attendInOnePass({ numHeads, allowed, ...operands }: AttentionOperands): Tensor {
  return runKernel('MultiHeadAttention', { ...operands, ...(allowed && { allowed }) }, { numHeads });
}
