import { matMul, mul, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { register } from '../layer.js';
import { SameWidthAttention } from './same_width_attention.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export interface ScaledDotProductAttentionArgs extends ScoredAttentionArgs {
  /** Factor of every score; 1/√K for keys of width K if left out. */
  scale?: number;
}

/**
 * Scaled dot-product attention: score(q, k) = scale · (q · k), scale = 1/√K by default. It has no weights.
 *
 * - inputs, masks and outputs: see {@link Attention}; query and key have the same width K
 *
 * @throws RangeError if the widths of query and key differ, or scale is not finite
 * @see Vaswani et al. (2017), section 3.2.1, https://arxiv.org/abs/1706.03762
 */
export class ScaledDotProductAttention extends SameWidthAttention {
  static readonly className = 'ChuiScaledDotProductAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(q · k / √K) v',
    paper: { authors: 'Vaswani et al.', year: 2017, url: 'https://arxiv.org/abs/1706.03762' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D',
    memory: 'T·S',
  };
  readonly scale?: number;

  constructor({ scale, ...args }: ScaledDotProductAttentionArgs = {}) {
    super(args);
    if (scale === undefined) return;
    if (!Number.isFinite(scale)) throw new RangeError(`scale must be finite, but is ${scale}`);
    this.scale = scale;
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    const scale = this.scale ?? 1 / Math.sqrt(keys.shape[2]!);
    return matMul(mul(query, scale), keys, false, true); // (B, T, K) · (B, K, S) → (B, T, S)
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.scale !== undefined && { scale: this.scale }) };
  }
}
register(ScaledDotProductAttention);

export const scaledDotProductAttention = (args: ScaledDotProductAttentionArgs = {}) =>
  new ScaledDotProductAttention(args);
