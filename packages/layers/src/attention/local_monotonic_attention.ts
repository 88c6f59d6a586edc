import { add, cast, range, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { register } from '../layer.js';
import { LocalAttention, type LocalAttentionArgs } from './local_attention.js';
import type { Memory } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export type LocalMonotonicAttentionArgs = LocalAttentionArgs;

/**
 * Luong's local-m attention: query t attends to the slots from t − windowSize to t + windowSize, as if target and source
 * went along with each other; weights are the softmax of their scores.
 *
 * - inputs, masks and outputs: see {@link Attention}
 * - weights: `score/…`, those of the attention that scores
 *
 * The first query stands at 0, or where `step` says. A decoder that asks one query at a time must say it.
 *
 * @throws RangeError if windowSize is not a positive integer; TypeError if `score` is no attention without heads
 * @see Luong et al. (2015), section 3.2, https://arxiv.org/abs/1508.04025, where windowSize is D
 */
export class LocalMonotonicAttention extends LocalAttention {
  static readonly className = 'ChuiLocalMonotonicAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(score(q, k), |s − t| ≤ W) v',
    paper: { authors: 'Luong et al.', year: 2015, url: 'https://arxiv.org/abs/1508.04025' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: false,
    exact: true,
    time: 'T·S·D + S·D²',
    memory: 'T·S',
  };

  protected override centres(query: Tensor, _memory: Memory, first?: Tensor): Tensor {
    const steps = reshape(range(0, query.shape[1]!, 1, 'float32'), [1, -1, 1]); // (1, T, 1)
    return first ? add(reshape(cast(first, 'float32'), [-1, 1, 1]), steps) : steps;
  }
}
register(LocalMonotonicAttention);

export const localMonotonicAttention = (args: LocalMonotonicAttentionArgs) =>
  new LocalMonotonicAttention(args);
