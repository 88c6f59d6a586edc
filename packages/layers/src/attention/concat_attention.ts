import { expandDims, slice, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import { HiddenLayerAttention, type HiddenLayerAttentionArgs } from './hidden_layer_attention.js';
import type { AttentionTraits } from './traits.js';

export type ConcatAttentionArgs = HiddenLayerAttentionArgs;

/**
 * Luong's concat attention: score(q, k) = v · act(W [q; k]), act = tanh by default. It is additive attention without a
 * bias, both of whose kernels are one; queries and keys are projected apart all the same, as W [q; k] = W₁ q + W₂ k.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ
 * - weights: kernel Wᵀ (Dq + Dk, U), score_kernel v (U, 1)
 *
 * It holds B · T · S · U numbers at once.
 *
 * @throws RangeError if units is not a positive integer or the activation is unknown
 * @see Luong et al. (2015), section 3.1, concat, https://arxiv.org/abs/1508.04025
 */
export class ConcatAttention extends HiddenLayerAttention {
  static readonly className = 'ChuiConcatAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(v · tanh(W [q; k])) · values',
    paper: { authors: 'Luong et al.', year: 2015, url: 'https://arxiv.org/abs/1508.04025' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·U + (T + S)·D·U',
    memory: 'T·S·U',
  };
  private kernel!: LayerVariable;
  private queryWidth!: number;

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    this.queryWidth = query[2]!;
    this.kernel = this.weight('kernel', [query[2]! + key[2]!, this.units], glorotUniform());
    this.buildScore();
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    const kernel = slice(this.kernel.read(), [this.queryWidth, 0]); // (Dk, U)
    return expandDims(linear(key, kernel), 1); // (B, 1, S, U)
  }

  protected override hiddenOfQueries(queries: Tensor): Tensor {
    return linear(queries, slice(this.kernel.read(), [0, 0], [this.queryWidth, this.units]));
  }
}
register(ConcatAttention);

export const concatAttention = (args: ConcatAttentionArgs) => new ConcatAttention(args);
