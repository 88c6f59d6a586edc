import { add, expandDims, reshape, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform, zeros } from '../initializers.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { type Activation, activation } from '../ops/activation.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import { SingleHeadAttention } from './single_head_attention.js';
import type { AttentionTraits } from './traits.js';

export interface AdditiveAttentionArgs extends ScoredAttentionArgs {
  /** Width U of the hidden layer that scores a pair. */
  units: number;
  activation?: Activation;
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
 *   there is no b; Luong et al. (2015) call it concat, with W_a = [W₁; W₂]
 */
export class AdditiveAttention extends SingleHeadAttention {
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
  readonly units: number;
  readonly activation: Activation;
  readonly useBias: boolean;
  private readonly act: (x: Tensor) => Tensor;
  private queryKernel!: LayerVariable;
  private keyKernel!: LayerVariable;
  private bias?: LayerVariable;
  private scoreKernel!: LayerVariable;

  constructor({ units, activation: name = 'tanh', useBias = true, ...args }: AdditiveAttentionArgs) {
    super(args);
    this.units = positiveInteger('units', units);
    this.activation = name;
    this.act = activation(name);
    this.useBias = useBias;
  }

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    this.queryKernel = this.weight('query_kernel', [query[2]!, this.units], glorotUniform());
    this.keyKernel = this.weight('key_kernel', [key[2]!, this.units], glorotUniform());
    if (this.useBias) this.bias = this.weight('bias', [this.units], zeros());
    this.scoreKernel = this.weight('score_kernel', [this.units, 1], glorotUniform());
    super.build(shapes);
  }

  protected override projectKeys(key: Tensor): Tensor {
    return expandDims(linear(key, this.keyKernel.read(), this.bias?.read()), 1); // (B, 1, S, U)
  }

  protected override scores(query: Tensor, { keys }: Memory): Tensor {
    const [batch, length, width] = query.shape as [number, number, number];
    const queries = linear(reshape(query, [batch * length, width]), this.queryKernel.read()); // (B·T, U)
    const hidden = this.act(add(reshape(queries, [batch, length, 1, this.units]), keys)); // (B, T, S, U)
    const scores = linear(reshape(hidden, [-1, this.units]), this.scoreKernel.read()); // (B·T·S, 1)
    return reshape(scores, [batch, length, keys.shape[2]!]); // (B, T, S)
  }

  override getConfig(): serialization.ConfigDict {
    const { units, activation, useBias } = this;
    return { ...super.getConfig(), units, activation, useBias };
  }
}
register(AdditiveAttention);

export const additiveAttention = (args: AdditiveAttentionArgs) => new AdditiveAttention(args);
