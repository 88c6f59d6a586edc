import {
  abs,
  cast,
  equal,
  less,
  matMul,
  maximum,
  mod,
  mul,
  type serialization,
  sub,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { positiveInteger, register } from '../../layer.js';
import type { AttentionTraits } from '../traits.js';
import { type BlockOperands, type Candidates, flags, inBlocks, nearSlots, notGlobal } from './blocks.js';
import { SparseAttention, type SparseAttentionArgs } from './sparse_attention.js';

export interface StridedAttentionArgs extends SparseAttentionArgs {
  /** Distance l of the slots that are read far away; near √T it costs least. */
  stride: number;
}

/**
 * Strided attention: multi-head attention of query i to the slots j that are near, |i − j| < stride, or so many strides away,
 * (i − j) mod stride = 0, and to and from global tokens. Two layers of it connect any two positions.
 *
 * Inputs, outputs and weights are those of {@link SparseAttention}. Of the paper's two patterns, every head has both.
 *
 * @throws RangeError if stride is not a positive integer
 * @see Child et al. (2019), section 4.3, https://arxiv.org/abs/1904.10509
 */
export class StridedAttention extends SparseAttention {
  static readonly className = 'ChuiStridedAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Q Kᵀ / √K) V among |i − j| < l or l | i − j',
    paper: { authors: 'Child et al.', year: 2019, url: 'https://arxiv.org/abs/1904.10509' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: true,
    exact: true,
    time: 'T·(l + T/l)·D + T·D²',
    memory: 'H·T·(l + T/l)',
  };
  readonly stride: number;

  constructor({ stride, ...args }: StridedAttentionArgs) {
    super(args);
    this.stride = positiveInteger('stride', stride);
  }

  protected override get blockLength(): number {
    return this.stride;
  }

  protected override pattern(query: Tensor, slot: Tensor): Tensor {
    const apart = abs(sub(query, slot));
    const far = cast(equal(mod(apart, this.stride), 0), 'float32');
    return maximum(cast(less(apart, this.stride), 'float32'), far);
  }

  protected override candidates(operands: BlockOperands): Candidates[] {
    return [nearSlots(operands, this.stride - 1, this), this.farSlots(operands)];
  }

  /** Of other blocks, the slots at a query's own place. */
  private farSlots({ queries, keys, values, slots }: BlockOperands): Candidates {
    const { stride } = this;
    /** (N, S, W) → (N, l, S/l, W) */
    const byPlace = (x: Tensor) => transpose(inBlocks(x, stride), [0, 2, 1, 3]);
    const [, count] = queries.shape as [number, number];
    const asked = transpose(queries, [0, 2, 1, 3]); // (N, l, n, K)
    const others = flags(count, Math.ceil(keys.shape[1]! / stride), (i, j) =>
      this.causal ? j < i : j !== i,
    );
    const there = byPlace(mul(slots, notGlobal(keys.shape[1]!, this.numGlobalTokens))); // (N, l, m, 1)
    const found = mul(others, transpose(there, [0, 1, 3, 2])); // (N, l, n, m)
    const [kept, read] = [byPlace(keys), byPlace(values)];
    return {
      scores: transpose(matMul(asked, kept, false, true), [0, 2, 1, 3]), // (N, n, l, m)
      allowed: transpose(found, [0, 2, 1, 3]),
      read: (weights) => transpose(matMul(transpose(weights, [0, 2, 1, 3]), read), [0, 2, 1, 3]),
    };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), stride: this.stride };
  }
}
register(StridedAttention);

export const stridedAttention = (args: StridedAttentionArgs) => new StridedAttention(args);
