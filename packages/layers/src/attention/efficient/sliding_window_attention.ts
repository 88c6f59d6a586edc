import { abs, cast, lessEqual, type serialization, sub, type Tensor } from '@tensorflow/tfjs-core';
import { positiveInteger, register } from '../../layer.js';
import type { AttentionTraits } from '../traits.js';
import { type BlockOperands, type Candidates, nearSlots } from './blocks.js';
import { SparseAttention, type SparseAttentionArgs } from './sparse_attention.js';

export interface SlidingWindowAttentionArgs extends SparseAttentionArgs {
  /** Slots on each side of a query that it attends to, besides its own. */
  windowSize: number;
}

/** Blocks that are smaller cost more to move than they save. */
const leastBlock = 32;

/**
 * Sliding-window attention: multi-head attention of query i to the slots j with |i − j| ≤ windowSize, or i − windowSize ≤ j ≤ i
 * if causal, and to and from global tokens.
 *
 * Inputs, outputs and weights are those of {@link SparseAttention}. Longformer's `attention_window` is 2·windowSize here, and
 * its global tokens have projections of their own; Mistral's `sliding_window` is windowSize + 1.
 *
 * @throws RangeError if windowSize is not a positive integer
 * @see Beltagy et al. (2020), section 3.1, https://arxiv.org/abs/2004.05150
 */
export class SlidingWindowAttention extends SparseAttention {
  static readonly className = 'ChuiSlidingWindowAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Q Kᵀ / √K) V among |i − j| ≤ w',
    paper: { authors: 'Beltagy et al.', year: 2020, url: 'https://arxiv.org/abs/2004.05150' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·w·D + T·D²',
    memory: 'H·T·w',
  };
  readonly windowSize: number;

  constructor({ windowSize, ...args }: SlidingWindowAttentionArgs) {
    super(args);
    this.windowSize = positiveInteger('windowSize', windowSize);
  }

  protected override get blockLength(): number {
    return Math.max(this.windowSize, leastBlock);
  }

  protected override pattern(query: Tensor, slot: Tensor): Tensor {
    return cast(lessEqual(abs(sub(query, slot)), this.windowSize), 'float32');
  }

  protected override candidates(operands: BlockOperands): Candidates[] {
    return [nearSlots(operands, this.windowSize, this)];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), windowSize: this.windowSize };
  }
}
register(SlidingWindowAttention);

export const slidingWindowAttention = (args: SlidingWindowAttentionArgs) => new SlidingWindowAttention(args);
