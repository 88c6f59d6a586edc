import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import { register, type Shapes } from '../layer.js';
import { type AttentionArgs, attentionShapes } from './attention.js';
import { SingleHeadAttention } from './single_head_attention.js';

export type DotProductAttentionArgs = AttentionArgs;

/**
 * Dot-product attention: score(q, k) = q · k. It has no weights.
 *
 * - inputs, masks and outputs: see {@link Attention}; query and key have the same width
 *
 * @throws RangeError if the widths of query and key differ
 * @see Luong et al. (2015), section 3.1, dot, https://arxiv.org/abs/1508.04025
 */
export class DotProductAttention extends SingleHeadAttention {
  static readonly className: string = 'ChuiDotProductAttention';

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    if (query[2] !== key[2]) {
      throw new RangeError(`key must have the width of the query, ${query[2]}, but has ${key[2]}`);
    }
    super.build(shapes);
  }

  protected override projectKeys(key: Tensor): Tensor {
    return key;
  }

  protected override scores(query: Tensor, keys: Tensor): Tensor {
    return matMul(query, keys, false, true); // (B, T, D) · (B, D, S) → (B, T, S)
  }
}
register(DotProductAttention);

export const dotProductAttention = (args: DotProductAttentionArgs = {}) => new DotProductAttention(args);
