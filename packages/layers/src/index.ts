export {
  AdditiveAttention,
  type AdditiveAttentionArgs,
  additiveAttention,
} from './attention/additive_attention.js';
export {
  Attention,
  type AttentionArgs,
  type AttentionInputs,
  type AttentionResult,
  type Memory,
} from './attention/attention.js';
export {
  type CachedInputs,
  type CachedResult,
  MultiHeadAttention,
  type MultiHeadAttentionArgs,
  multiHeadAttention,
} from './attention/multi_head_attention.js';
export type { Activation } from './ops/activation.js';
export type { AttentionMask } from './ops/mask.js';
