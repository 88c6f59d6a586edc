import { mul, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { register } from '../layer.js';
import type { AttentionArgs } from './attention.js';
import { DotProductAttention } from './dot_product_attention.js';

export interface ScaledDotProductAttentionArgs extends AttentionArgs {
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
export class ScaledDotProductAttention extends DotProductAttention {
  static override readonly className = 'ChuiScaledDotProductAttention';
  readonly scale?: number;

  constructor({ scale, ...args }: ScaledDotProductAttentionArgs = {}) {
    super(args);
    if (scale === undefined) return;
    if (!Number.isFinite(scale)) throw new RangeError(`scale must be finite, but is ${scale}`);
    this.scale = scale;
  }

  protected override scores(query: Tensor, keys: Tensor): Tensor {
    const scale = this.scale ?? 1 / Math.sqrt(keys.shape[2]!);
    return super.scores(mul(query, scale), keys);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.scale !== undefined && { scale: this.scale }) };
  }
}
register(ScaledDotProductAttention);

export const scaledDotProductAttention = (args: ScaledDotProductAttentionArgs = {}) =>
  new ScaledDotProductAttention(args);
