import { expandDims, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform, zeros } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import { HiddenLayerAttention, type HiddenLayerAttentionArgs } from './hidden_layer_attention.js';
import type { AttentionTraits } from './traits.js';

export interface AdditiveAttentionArgs extends HiddenLayerAttentionArgs {
  useBias?: boolean;
}

/**
 * Additive attention: score(q, k) = v · act(W₁ q + W₂ k + b), act = tanh by default.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ
 * - weights: query_kernel W₁ (Dq, U), key_kernel W₂ (Dk, U), bias b (U), score_kernel v (U, 1)
 *
 * It holds B · T · S · U numbers at once.
 *
 * @throws RangeError if units is not a positive integer or the activation is unknown
 * @see Bahdanau et al. (2015), appendix A.1.2, https://arxiv.org/abs/1409.0473, where W₁ is W_a, W₂ is U_a and
 *   there is no b; `ConcatAttention` has W₁ and W₂ in one
 */
export class AdditiveAttention extends HiddenLayerAttention {
  static readonly className = 'ChuiAdditiveAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(v · tanh(W₁ q + W₂ k + b)) · values',
    paper: { authors: 'Bahdanau et al.', year: 2015, url: 'https://arxiv.org/abs/1409.0473' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·U + (T + S)·D·U',
    memory: 'T·S·U',
  };
  readonly useBias: boolean;
  private queryKernel!: LayerVariable;
  private keyKernel!: LayerVariable;
  private bias?: LayerVariable;

  constructor({ useBias = true, ...args }: AdditiveAttentionArgs) {
    super(args);
    this.useBias = useBias;
  }

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    this.queryKernel = this.weight('query_kernel', [query[2]!, this.units], glorotUniform());
    this.keyKernel = this.weight('key_kernel', [key[2]!, this.units], glorotUniform());
    if (this.useBias) this.bias = this.weight('bias', [this.units], zeros());
    this.buildScore();
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    return expandDims(linear(key, this.keyKernel.read(), this.bias?.read()), 1); // (B, 1, S, U)
  }

  protected override hiddenOfQueries(queries: Tensor): Tensor {
    return linear(queries, this.queryKernel.read());
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), useBias: this.useBias };
  }
}
register(AdditiveAttention);

export const additiveAttention = (args: AdditiveAttentionArgs) => new AdditiveAttention(args);
