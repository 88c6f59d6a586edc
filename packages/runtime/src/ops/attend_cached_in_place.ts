import type { Tensor } from '@tensorflow/tfjs-core';
import '../kernels/native/cached_attention.js';
import { hasKernel, runKernel } from './run_kernel.js';

/** What `attendCachedInPlace` takes; heads stand side by side along the last axis but of the caches. */
export interface CachedAttentionOperands {
  /** (B, T, H·K) */
  query: Tensor;
  /** (B, T, G·K) */
  keys: Tensor;
  /** (B, T, G·K) */
  values: Tensor;
  /** (B, G, C, K) each; the op writes into their memory, which nothing else may share. */
  keyCache: Tensor;
  valueCache: Tensor;
  /** Slot of the first of these positions, int32, one number. */
  slot: Tensor;
  /** 1 at slots that may be attended to and 0 at others, float32 (B, C). */
  allowed: Tensor;
  numHeads: number;
  /** Factor of the scores. */
  scale: number;
  /** Slots before its own that a position sees; all, if left out. */
  window?: number | undefined;
}

/** Whether `attendCachedInPlace` may be called: there is an op for the processor. */
export const attendsCachedInPlace = (): boolean => hasKernel('CachedAttention');

/**
 * Self-attention of the next positions of a sequence, (B, T, H·K): puts their keys and values into the caches, in place, and has
 * position t attend to the slots up to slot + t. No other slots are touched, so a step takes as long as the sequence is by then.
 * A position that may attend to nothing gets zeros. It has no gradient.
 */
export function attendCachedInPlace({
  numHeads,
  scale,
  window = -1,
  ...inputs
}: CachedAttentionOperands): Tensor {
  return runKernel('CachedAttention', { ...inputs }, { numHeads, scale, window });
}
