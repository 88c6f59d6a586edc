import { register } from '../layer.js';
import { HeadedAttention, type HeadedAttentionArgs } from './headed_attention.js';
import type { AttentionTraits } from './traits.js';

export type MultiQueryAttentionArgs = HeadedAttentionArgs;

/**
 * Multi-query attention: multi-head attention whose heads of queries all share one head of keys and values. A decoder's
 * cache is smaller by the number of heads.
 *
 * - inputs, masks and outputs: see {@link Attention} and `MultiHeadAttention`
 * - weights: see `HeadProjections`: query_kernel (Dq, H·K), key_kernel (Dk, K), value_kernel (Dv, V), …
 *
 * @throws RangeError if a size is not a positive integer
 * @see Shazeer (2019), https://arxiv.org/abs/1911.02150
 */
export class MultiQueryAttention extends HeadedAttention {
  static readonly className = 'ChuiMultiQueryAttention';
  static readonly traits: AttentionTraits = {
    formula: '[head₁ … head_H] W_O, head_h = softmax(Q_h Kᵀ / √K) V',
    paper: { authors: 'Shazeer', year: 2019, url: 'https://arxiv.org/abs/1911.02150' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D + T·D² + S·D²/H',
    memory: 'H·T·S',
  };

  constructor(args: MultiQueryAttentionArgs) {
    super(args, 1);
  }
}
register(MultiQueryAttention);

export const multiQueryAttention = (args: MultiQueryAttentionArgs) => new MultiQueryAttention(args);
