import { exp, matMul, maximum, minimum, mul, rsqrt, square, sum, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { constant } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { SameWidthAttention } from './same_width_attention.js';
import type { Memory, ScoredAttentionArgs } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export type CosineAttentionArgs = ScoredAttentionArgs;

/** Most that the learned factor may become, as in Swin Transformer V2. */
const MOST = Math.log(100);
/** Least square of a length; shorter vectors are not made longer than this allows. */
const SHORTEST = 1e-12;

/**
 * Cosine attention: score(q, k) = (q · k) / (|q| |k| τ), with a learned temperature τ = exp(−log_scale) ≥ 0.01.
 *
 * - inputs, masks and outputs: see {@link Attention}; query and key have the same width
 * - weights: log_scale (1), at first ln 10
 *
 * @throws RangeError if the widths of query and key differ
 * @see Liu et al. (2022), Swin Transformer V2, section 3.3, https://arxiv.org/abs/2111.09883; without τ Graves et al.
 *   (2014), section 3.3.1, https://arxiv.org/abs/1410.5401, whose β is exp(log_scale)
 */
export class CosineAttention extends SameWidthAttention {
  static readonly className = 'ChuiCosineAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(cos(q, k) / τ) v',
    paper: { authors: 'Liu et al.', year: 2022, url: 'https://arxiv.org/abs/2111.09883' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: 'T·S·D',
    memory: 'T·S',
  };
  private logScale!: LayerVariable;

  override build(shapes: Shapes): void {
    this.logScale = this.weight('log_scale', [1], constant(Math.log(10)));
    super.build(shapes);
  }

  override projectKeys(key: Tensor): Tensor {
    return unit(key);
  }

  override scores(query: Tensor, { keys }: Memory): Tensor {
    const scale = exp(minimum(this.logScale.read(), MOST));
    return matMul(mul(unit(query), scale), keys, false, true); // (B, T, D) · (B, D, S) → (B, T, S)
  }
}
register(CosineAttention);

export const cosineAttention = (args: CosineAttentionArgs = {}) => new CosineAttention(args);

/** Vectors of length 1 along the last axis. */
function unit(x: Tensor): Tensor {
  return mul(x, rsqrt(maximum(sum(square(x), -1, true), SHORTEST)));
}
