import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import { SingleHeadAttention } from './single_head_attention.js';
import type { AttentionTraits } from './traits.js';

export type GeneralAttentionArgs = ScoredAttentionArgs;

/**
 * General (bilinear) attention: score(q, k) = qᵀ W k.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ
 * - weights: kernel W (Dq, Dk)
 *
 * @see Luong et al. (2015), section 3.1, general, https://arxiv.org/abs/1508.04025
 */
export class GeneralAttention extends SingleHeadAttention {
  static readonly className = 'ChuiGeneralAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(qᵀ W k) v',
    paper: { authors: 'Luong et al.', year: 2015, url: 'https://arxiv.org/abs/1508.04025' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + S·D²',
    memory: 'T·S',
  };
  private kernel!: LayerVariable;

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    this.kernel = this.weight('kernel', [query[2]!, key[2]!], glorotUniform());
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    return linear(key, this.kernel.read(), undefined, { transposed: true }); // (B, S, Dk) → (B, S, Dq)
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    return matMul(query, keys, false, true); // (B, T, Dq) · (B, Dq, S) → (B, T, S)
  }
}
register(GeneralAttention);

export const generalAttention = (args: GeneralAttentionArgs = {}) => new GeneralAttention(args);
