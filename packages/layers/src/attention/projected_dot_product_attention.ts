import { matMul, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import { SingleHeadAttention } from './single_head_attention.js';
import type { AttentionTraits } from './traits.js';

export interface ProjectedDotProductAttentionArgs extends ScoredAttentionArgs {
  /** Width U in which queries and keys meet. */
  units: number;
}

/**
 * Dot-product attention with learned projections: score(s, h) = (W_Q s) · (W_K h). The values stay as they are.
 *
 * - inputs, masks and outputs: see {@link Attention}; the widths of query, key and value may differ
 * - weights: query_kernel W_Qᵀ (Dq, U), key_kernel W_Kᵀ (Dk, U)
 *
 * @throws RangeError if units is not a positive integer
 */
export class ProjectedDotProductAttention extends SingleHeadAttention {
  static readonly className = 'ChuiProjectedDotProductAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax((W_Q q) · (W_K k)) v',
    paper: { authors: 'Vaswani et al.', year: 2017, url: 'https://arxiv.org/abs/1706.03762' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·U + (T + S)·D·U',
    memory: 'T·S',
  };
  readonly units: number;
  private queryKernel!: LayerVariable;
  private keyKernel!: LayerVariable;

  constructor({ units, ...args }: ProjectedDotProductAttentionArgs) {
    super(args);
    this.units = positiveInteger('units', units);
  }

  override build(shapes: Shapes): void {
    const [query, key] = attentionShapes(shapes);
    this.queryKernel = this.weight('query_kernel', [query[2]!, this.units], glorotUniform());
    this.keyKernel = this.weight('key_kernel', [key[2]!, this.units], glorotUniform());
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    return linear(key, this.keyKernel.read()); // (B, S, Dk) → (B, S, U)
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    const queries = linear(query, this.queryKernel.read()); // (B, T, U)
    return matMul(queries, keys, false, true); // (B, T, S)
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units };
  }
}
register(ProjectedDotProductAttention);

export const projectedDotProductAttention = (args: ProjectedDotProductAttentionArgs) =>
  new ProjectedDotProductAttention(args);
