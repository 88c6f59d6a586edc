import { embeddingLookup } from '@chui/runtime';
import {
  add,
  matMul,
  maximum,
  minimum,
  reshape,
  scalar,
  type serialization,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../../initializers.js';
import { positiveInteger, register, type Shapes } from '../../layer.js';
import type { AttentionTraits } from '../traits.js';
import { RelativeAttention, type RelativeAttentionArgs } from './relative_attention.js';
import { unskew } from './skew.js';

export interface ShawRelativeAttentionArgs extends RelativeAttentionArgs {
  /** Distance k from which on all are taken for the same. Default 16. */
  maxDistance?: number;
  /** Whether distances are added to values too. Default true. */
  useValueEmbeddings?: boolean;
}

/**
 * Shaw's relative attention: multi-head attention with learned vectors of distances, added to keys and to values. Query i
 * scores key j by q_i · (k_j + aᴷ_d) / √K, and reads v_j + aⱽ_d there, where d is j − i, clipped to −k … k. All heads share
 * the vectors.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`; query t stands at slot t
 * - weights: see {@link HeadProjections}; key_embeddings aᴷ (2k + 1, K), value_embeddings aⱽ (2k + 1, V), from −k to k
 *
 * maxDistance is the paper's k, and tensor2tensor's max_relative_position. No vectors of pairs (T, S, K) are held: a query
 * meets the vector of each distance once.
 *
 * @throws RangeError if a size is not a positive integer, or numHeads does not divide the width
 * @see Shaw et al. (2018), section 3, https://arxiv.org/abs/1803.02155
 */
export class ShawRelativeAttention extends RelativeAttention {
  static readonly className = 'ChuiShawRelativeAttention';
  static readonly traits: AttentionTraits = {
    formula: '[head₁ … head_H] W_O, head_h = Σ_j softmax_j(q_i · (k_j + aᴷ_{j−i}) / √K) (v_j + aⱽ_{j−i})',
    paper: { authors: 'Shaw et al.', year: 2018, url: 'https://arxiv.org/abs/1803.02155' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·S·D + T²·D + (T + S)·D²',
    memory: 'H·T·S + H·T²',
  };
  readonly maxDistance: number;
  readonly useValueEmbeddings: boolean;
  private keyEmbeddings!: LayerVariable;
  private valueEmbeddings?: LayerVariable;

  constructor({ maxDistance = 16, useValueEmbeddings = true, ...args }: ShawRelativeAttentionArgs) {
    super(args);
    this.maxDistance = positiveInteger('maxDistance', maxDistance);
    this.useValueEmbeddings = useValueEmbeddings;
  }

  override build(shapes: Shapes): void {
    super.build(shapes);
    const table = (name: string, width: number) =>
      this.weight(name, [2 * this.maxDistance + 1, width], glorotUniform());
    this.keyEmbeddings = table('key_embeddings', this.projections.keyDim);
    if (this.useValueEmbeddings) this.valueEmbeddings = table('value_embeddings', this.projections.valueDim);
  }

  protected override asked(query: Tensor): [ofKeys: Tensor, ofDistances: Tensor] {
    const queries = this.projectQueries(query);
    return [queries, queries];
  }

  protected override scoreDistances(queries: Tensor, distances: Tensor): Tensor {
    const vectors = this.vectors(this.keyEmbeddings, distances); // (1 or B, L, K)
    const [count, columns, width] = vectors.shape as [number, number, number];
    const scores = matMul(reshape(queries, [count, -1, width]), vectors, false, true); // (1 or B, …·H·T, L)
    return reshape(scores, [...queries.shape.slice(0, 3), columns]);
  }

  protected override readDistances(weights: Tensor, first?: Tensor): Tensor | undefined {
    if (!this.valueEmbeddings) return;
    const [batch, heads, length, slots] = weights.shape as [number, number, number, number];
    const vectors = this.vectors(this.valueEmbeddings, this.distances(length, slots, first)); // (1 or B, L, V)
    const shares = reshape(unskew(weights), [vectors.shape[0]!, -1, vectors.shape[1]!]); // (1 or B, …·H·T, L)
    return reshape(matMul(shares, vectors), [batch, heads, length, vectors.shape[2]!]);
  }

  /** The vectors of distances (1 or B, L): (1 or B, L, W). */
  private vectors(table: LayerVariable, distances: Tensor): Tensor {
    const farthest = scalar(this.maxDistance, 'int32');
    const places = maximum(add(distances, farthest), scalar(0, 'int32'));
    return embeddingLookup(table.read(), minimum(places, add(farthest, farthest)));
  }

  override getConfig(): serialization.ConfigDict {
    const { maxDistance, useValueEmbeddings } = this;
    return { ...super.getConfig(), maxDistance, useValueEmbeddings };
  }
}
register(ShawRelativeAttention);

export const shawRelativeAttention = (args: ShawRelativeAttentionArgs) => new ShawRelativeAttention(args);
