import {
  abs,
  div,
  eye,
  matMul,
  max,
  maximum,
  minimum,
  mul,
  ones,
  pad,
  reshape,
  type serialization,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import { positiveInteger, register } from '../../layer.js';
import { maskOf } from '../../ops/mask.js';
import { maskedSoftmax } from '../../ops/masked_softmax.js';
import type { AttentionTraits } from '../traits.js';
import { EfficientAttention, type EfficientAttentionArgs, type HeadOperands } from './efficient_attention.js';

export interface NystromAttentionArgs extends EfficientAttentionArgs {
  /** Landmarks M: means of as many segments of the queries, and of the keys. Default 64. */
  numLandmarks?: number;
  /** Steps towards the pseudo-inverse. Default 6. */
  pinvIterations?: number;
}

/**
 * Nyström attention: softmax(Q K̃ᵀ / √K) · softmax(Q̃ K̃ᵀ / √K)⁺ · (softmax(Q̃ Kᵀ / √K) V), where Q̃ and K̃ are landmarks, the
 * means of segments of queries and of keys.
 *
 * Inputs and outputs are those of {@link EfficientAttention}. It cannot be causal, since landmarks hold what is later. Masked
 * slots are no part of the landmarks of keys, nor, where there are as many slots as queries, are masked positions of those of
 * queries. The paper's convolution beside it is not a part of it.
 *
 * The weights by which values are in effect read may be negative, and need not sum to 1.
 *
 * @throws RangeError if a size is not a positive integer, it is to be causal, or there is dropout
 * @see Xiong et al. (2021), https://arxiv.org/abs/2102.03902; the pseudo-inverse is that of Razavi et al. (2014), its
 *   equation 11
 */
export class NystromAttention extends EfficientAttention {
  static readonly className = 'ChuiNystromAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(Q K̃ᵀ / √K) softmax(Q̃ K̃ᵀ / √K)⁺ softmax(Q̃ Kᵀ / √K) V',
    paper: { authors: 'Xiong et al.', year: 2021, url: 'https://arxiv.org/abs/2102.03902' },
    masks: 'slots',
    causal: false,
    cacheable: false,
    permutationInvariant: false,
    normalized: false,
    exact: false,
    time: '(T + S)·M·D + (T + S)·D²',
    memory: 'H·(T + S)·M',
  };
  readonly numLandmarks: number;
  readonly pinvIterations: number;

  constructor({ numLandmarks = 64, pinvIterations = 6, ...args }: NystromAttentionArgs) {
    super(args);
    if (this.causal) throw new RangeError('causal must be false for Nyström attention, but is true');
    if (this.dropout > 0) {
      throw new RangeError(`dropout must be 0 for Nyström attention, but is ${this.dropout}`);
    }
    this.numLandmarks = positiveInteger('numLandmarks', numLandmarks);
    this.pinvIterations = positiveInteger('pinvIterations', pinvIterations);
  }

  protected override attendHeads({ queries, keys, values, slots }: HeadOperands): Tensor {
    const [, , length, width] = queries.shape as [number, number, number, number];
    const source = keys.shape[2]!;
    const seen = slots
      ? mul(reshape(slots, [slots.shape[0]!, 1, slots.shape[1]!, 1]), ones([1, 1, source, 1]))
      : ones([1, 1, source, 1]); // (B, 1, S, 1)
    const asking = source === length ? seen : ones([1, 1, length, 1]);
    const scaled = mul(queries, 1 / Math.sqrt(width));
    const asked = this.landmarks(scaled, asking);
    const found = this.landmarks(keys, seen);
    const columns = (there: Tensor) => maskOf(transpose(there, [0, 1, 3, 2]));
    const weights = (q: Tensor, k: Tensor, there: Tensor) =>
      maskedSoftmax(matMul(q, k, false, true), columns(there));
    const near = weights(scaled, found.means, found.there); // (B, H, T, M)
    const among = mul(weights(asked.means, found.means, found.there), asked.there); // (B, H, M, M)
    const far = mul(weights(asked.means, keys, seen), asked.there); // (B, H, M, S)
    return matMul(near, matMul(this.pseudoInverse(among), matMul(far, values)));
  }

  /** Means (B, H, M, K) of segments of x (B, H, L, K) without what is not there (B, 1, L, 1), and 1 where one has any. */
  private landmarks(x: Tensor, there: Tensor): { means: Tensor; there: Tensor } {
    const length = x.shape[2]!;
    const size = Math.ceil(length / this.numLandmarks);
    const sums = (y: Tensor) => {
      const missing: [number, number] = [0, this.numLandmarks * size - length];
      const padded = pad(y, [[0, 0], [0, 0], missing, [0, 0]]);
      return sum(reshape(padded, [...y.shape.slice(0, 2), this.numLandmarks, size, y.shape[3]!]), 3);
    };
    const counts = sums(there); // (B, 1, M, 1)
    return { means: div(sums(mul(x, there)), maximum(counts, 1)), there: minimum(counts, 1) };
  }

  /** Of matrices (…, M, M) whose entries are not negative. */
  private pseudoInverse(matrices: Tensor): Tensor {
    const norm = (axis: number) => max(sum(abs(matrices), axis, true), [2, 3], true); // (B, H, 1, 1)
    const unit = eye(this.numLandmarks);
    const from = (multiple: number, x: Tensor) => sub(mul(unit, multiple), x);
    let inverse = div(transpose(matrices, [0, 1, 3, 2]), maximum(mul(norm(2), norm(3)), 1e-12));
    for (let step = 0; step < this.pinvIterations; step++) {
      const product = matMul(matrices, inverse);
      const inner = from(15, matMul(product, from(7, product)));
      inverse = mul(matMul(inverse, from(13, matMul(product, inner))), 0.25);
    }
    return inverse;
  }

  override getConfig(): serialization.ConfigDict {
    const { numLandmarks, pinvIterations } = this;
    return { ...super.getConfig(), numLandmarks, pinvIterations };
  }
}
register(NystromAttention);

export const nystromAttention = (args: NystromAttentionArgs) => new NystromAttention(args);
