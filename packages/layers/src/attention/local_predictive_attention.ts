import { exp, mul, ones, sigmoid, square, sum, type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { attentionShapes } from './attention_shapes.js';
import { LocalAttention, type LocalAttentionArgs } from './local_attention.js';
import type { Memory } from './scored_attention.js';
import type { AttentionTraits } from './traits.js';

export interface LocalPredictiveAttentionArgs extends LocalAttentionArgs {
  /** Width of the layer that predicts the centre; the query's if left out. */
  units?: number;
}

/**
 * Luong's local-p attention: query q predicts its centre p = S · sigmoid(v · tanh(W q)) and attends to the slots s with
 * |s − p| ≤ windowSize; weights are the softmax of their scores times exp(−(s − p)² / 2σ²), σ = windowSize / 2. They sum
 * to less than 1.
 *
 * - inputs, masks and outputs: see {@link Attention}; S is the number of slots that the mask allows, so that padding moves
 *   no centre
 * - weights: `score/…`, those of the attention that scores; position_kernel Wᵀ (Dq, U), position_score_kernel v (U, 1)
 *
 * @throws RangeError if windowSize or units is not a positive integer; TypeError if `score` is no attention without heads
 * @see Luong et al. (2015), section 3.2, https://arxiv.org/abs/1508.04025, where windowSize is D, W is W_p and v is v_p
 */
export class LocalPredictiveAttention extends LocalAttention {
  static readonly className = 'ChuiLocalPredictiveAttention';
  static readonly traits: AttentionTraits = {
    formula: 'softmax(score(q, k), |s − p| ≤ W) · exp(−(s − p)² / 2σ²) v, p = S · sigmoid(v · tanh(W q))',
    paper: { authors: 'Luong et al.', year: 2015, url: 'https://arxiv.org/abs/1508.04025' },
    masks: 'pairs',
    causal: true,
    cacheable: true,
    permutationInvariant: false,
    normalized: false,
    exact: true,
    time: 'T·S·D + (T + S)·D²',
    memory: 'T·S',
  };
  readonly units?: number;
  private positionKernel!: LayerVariable;
  private positionScoreKernel!: LayerVariable;

  constructor({ units, ...args }: LocalPredictiveAttentionArgs) {
    super(args);
    if (units !== undefined) this.units = positiveInteger('units', units);
  }

  override build(shapes: Shapes): void {
    const [query] = attentionShapes(shapes);
    const width = query[2]!;
    const { units = width } = this;
    this.positionKernel = this.weight('position_kernel', [width, units], glorotUniform());
    this.positionScoreKernel = this.weight('position_score_kernel', [units, 1], glorotUniform());
    super.build(shapes);
  }

  protected override centres(query: Tensor, { values, mask }: Memory): Tensor {
    const hidden = tanh(linear(query, this.positionKernel.read())); // (B, T, U)
    const part = sigmoid(linear(hidden, this.positionScoreKernel.read())); // (B, T, 1)
    const slots = ones([1, 1, values.shape[1]!]);
    return mul(part, sum(mask ? mul(mask.allowed, slots) : slots, -1, true)); // (B, T, 1)
  }

  protected override falloff(distance: Tensor): Tensor {
    const deviation = this.windowSize / 2;
    return exp(mul(square(distance), -1 / (2 * deviation ** 2)));
  }

  override getConfig() {
    return { ...super.getConfig(), ...(this.units !== undefined && { units: this.units }) };
  }
}
register(LocalPredictiveAttention);

export const localPredictiveAttention = (args: LocalPredictiveAttentionArgs) =>
  new LocalPredictiveAttention(args);
