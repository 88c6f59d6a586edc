import { abs, cast, expandDims, lessEqual, mul, type serialization } from '@tensorflow/tfjs-core';
import { positiveInteger, register } from '../layer.js';
import { maskOf } from '../ops/mask.js';
import { distances } from '../position/distances.js';
import { HeadedAttention, type HeadedAttentionArgs } from './headed_attention.js';
import type { AttentionTraits } from './traits.js';

export interface GroupedQueryAttentionArgs extends HeadedAttentionArgs {
  /** Heads G of keys and values; they must divide numHeads. */
  numKeyValueHeads: number;
  /** Slots on each side of a query that it attends to, besides its own; all if left out. Mistral's sliding_window − 1. */
  windowSize?: number;
}

/**
 * Grouped-query attention: multi-head attention whose H heads of queries share G heads of keys and values, head h reading
 * head ⌊h·G/H⌋. A decoder's cache is smaller by H/G.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`; the weights are each query head's (B, H, T, S)
 * - weights: see `HeadProjections`: query_kernel (Dq, H·K), key_kernel (Dk, G·K), value_kernel (Dv, G·V), …
 *
 * Keras calls it GroupQueryAttention, H num_query_heads and G num_key_value_heads; K is its head_dim.
 *
 * With `windowSize` it is a mask over the scores of all pairs; `SlidingWindowAttention` makes no others.
 *
 * @throws RangeError if a size is not a positive integer, or numKeyValueHeads does not divide numHeads
 * @see Ainslie et al. (2023), https://arxiv.org/abs/2305.13245
 */
export class GroupedQueryAttention extends HeadedAttention {
  static readonly className = 'ChuiGroupedQueryAttention';
  static readonly traits: AttentionTraits = {
    formula: '[head₁ … head_H] W_O, head_h = softmax(Q_h K_gᵀ / √K) V_g, g = ⌊h·G/H⌋',
    paper: { authors: 'Ainslie et al.', year: 2023, url: 'https://arxiv.org/abs/2305.13245' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + T·D² + S·D²·G/H',
    memory: 'H·T·S',
  };
  readonly numKeyValueHeads: number;
  readonly windowSize?: number;

  constructor({ numKeyValueHeads, windowSize, ...args }: GroupedQueryAttentionArgs) {
    super(args, numKeyValueHeads);
    this.numKeyValueHeads = numKeyValueHeads;
    if (windowSize === undefined) return;
    const reach = positiveInteger('windowSize', windowSize);
    this.windowSize = reach;
    this.window = (query, { keys, mask }, first) => {
      const near = cast(lessEqual(abs(distances(query.shape[1]!, keys.shape[2]!, first)), reach), 'float32');
      const allowed = expandDims(near, 1); // (B or 1, 1, T, S)
      return { mask: maskOf(mask ? mul(allowed, mask.allowed) : allowed) };
    };
  }

  protected override get windowReach(): number | undefined {
    return this.windowSize;
  }

  override getConfig(): serialization.ConfigDict {
    const { numKeyValueHeads, windowSize } = this;
    return { ...super.getConfig(), numKeyValueHeads, ...(windowSize !== undefined && { windowSize }) };
  }
}
register(GroupedQueryAttention);

export const groupedQueryAttention = (args: GroupedQueryAttentionArgs) => new GroupedQueryAttention(args);
