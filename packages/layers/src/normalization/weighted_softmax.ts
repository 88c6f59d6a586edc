import { matMul, mul, reshape, type Tensor, tile } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { identity } from '../initializers.js';
import { type LayerArgs, register, type Shapes } from '../layer.js';
import { maskedSoftmax } from '../ops/masked_softmax.js';
import { headsOf, Normalization, type NormalizeOptions } from './normalization.js';

export type WeightedSoftmaxArgs = LayerArgs;

/**
 * Softmax with a learned vector inside the exponent: weight_h = exp(w_h · e) / Σ exp(w_h · e), where e has the scores that
 * a pair has in all H heads, and w_h is head h's own vector. So heads decide together where each looks. Without heads
 * there is one score, and w is a learned inverse temperature.
 *
 * - weights: kernel [w_1 … w_H]ᵀ (H, H), at first the identity, which is the plain softmax
 *
 * Where the scores of a pair are made by a hidden layer, its v is such a vector already: `AdditiveAttention`. Where a slot
 * has one vector h that is scored, exp(w · h) / Σ exp(w · h), there is no query: `AttentionPooling`.
 *
 * @see Shazeer et al. (2020), Talking-Heads Attention, https://arxiv.org/abs/2003.02436, where kernel is P_l
 */
export class WeightedSoftmax extends Normalization {
  static readonly className = 'ChuiWeightedSoftmax';
  private kernel!: LayerVariable;

  override build(shapes: Shapes): void {
    const heads = headsOf(shapes);
    this.kernel = this.weight('kernel', [heads, heads], identity());
    super.build(shapes);
  }

  override normalize(scores: Tensor, { mask }: NormalizeOptions = {}): Tensor {
    const kernel = this.kernel.read();
    if (scores.rank === 3) return maskedSoftmax(mul(scores, reshape(kernel, [1, 1, 1])), mask);
    const [batch, heads, target, source] = scores.shape as [number, number, number, number];
    const flat = reshape(scores, [batch, heads, target * source]); // (B, H, T·S)
    const kernels = tile(reshape(kernel, [1, heads, heads]), [batch, 1, 1]); // tfjs sums no broadcast gradient here
    const mixed = matMul(kernels, flat); // (B, H, T·S)
    return maskedSoftmax(reshape(mixed, [batch, heads, target, source]), mask);
  }
}
register(WeightedSoftmax);

export const weightedSoftmax = (args: WeightedSoftmaxArgs = {}) => new WeightedSoftmax(args);
