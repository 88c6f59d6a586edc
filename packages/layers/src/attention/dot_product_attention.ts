import { matMul, mul, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { ones } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { SameWidthAttention } from './same_width_attention.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export interface DotProductAttentionArgs extends ScoredAttentionArgs {
  /** Whether the scores have a learned factor, at first 1. Default false. */
  useScale?: boolean;
}

/**
 * Dot-product attention: score(q, k) = q · k, or scale · (q · k) with `useScale`.
 *
 * - inputs, masks and outputs: see {@link Attention}; query and key have the same width
 * - weights: none, or scale (1) with `useScale`, as Keras's Attention has it
 *
 * @throws RangeError if the widths of query and key differ
 * @see Luong et al. (2015), section 3.1, dot, https://arxiv.org/abs/1508.04025
 */
export class DotProductAttention extends SameWidthAttention {
  static readonly className = 'ChuiDotProductAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(q · k) v',
    paper: { authors: 'Luong et al.', year: 2015, url: 'https://arxiv.org/abs/1508.04025' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D',
    memory: 'T·S',
  };
  readonly useScale: boolean;
  private scale?: LayerVariable;

  constructor({ useScale = false, ...args }: DotProductAttentionArgs = {}) {
    super(args);
    this.useScale = useScale;
  }

  override build(shapes: Shapes): void {
    if (this.useScale) this.scale = this.weight('scale', [1], ones());
    super.build(shapes);
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    const scaled = this.scale ? mul(query, this.scale.read()) : query;
    return matMul(scaled, keys, false, true); // (B, T, D) · (B, D, S) → (B, T, S)
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), useScale: this.useScale };
  }
}
register(DotProductAttention);

export const dotProductAttention = (args: DotProductAttentionArgs = {}) => new DotProductAttention(args);
