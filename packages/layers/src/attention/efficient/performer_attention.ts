import {
  add,
  exp,
  matMul,
  max,
  minimum,
  mul,
  reshape,
  type serialization,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { orthogonalRows } from '../../initializers.js';
import { positiveInteger, register, type Shapes } from '../../layer.js';
import { maskOf } from '../../ops/mask.js';
import { withoutGradient } from '../../ops/without_gradient.js';
import type { AttentionTraits } from '../traits.js';
import type { EfficientAttentionArgs } from './efficient_attention.js';
import { KernelizedAttention, type KeyFeatures } from './kernelized_attention.js';

export interface PerformerAttentionArgs extends EfficientAttentionArgs {
  /** Random features M; more come closer to softmax. K·ln K, rounded, if left out. */
  numFeatures?: number;
}

/**
 * Performer's attention, FAVOR+: softmax(Q Kᵀ / √K) V in expectation, by positive orthogonal random features
 * φ(x) = exp(ω x' − |x'|²/2) with x' = x / K^¼ and rows ω that are normal, and orthogonal in groups of K.
 *
 * Inputs, outputs and caches are those of {@link KernelizedAttention}. The features are drawn once, with the generator of
 * `setSeed`, are saved with the weights and not trained; `redraw` draws others, as the authors do now and then in training.
 *
 * - weights: see {@link HeadProjections}; and features ω (M, K), not trainable
 *
 * @throws RangeError if numFeatures is not a positive integer, or there is dropout
 * @see Choromanski et al. (2021), https://arxiv.org/abs/2009.14794
 */
export class PerformerAttention extends KernelizedAttention {
  static readonly className = 'ChuiPerformerAttention';
  static readonly traits: AttentionTraits = {
    formula: 'φ(Q) (φ(K)ᵀ V) / φ(Q) Σ φ(K)ᵀ, φ(x) = exp(ω x − |x|²/2)',
    paper: { authors: 'Choromanski et al.', year: 2021, url: 'https://arxiv.org/abs/2009.14794' },
    masks: 'slots',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: false,
    time: '(T + S)·M·D + (T + S)·D²',
    memory: 'H·(T + S)·M',
  };
  readonly numFeatures?: number;
  private features!: LayerVariable;

  constructor({ numFeatures, ...args }: PerformerAttentionArgs) {
    super(args);
    if (numFeatures !== undefined) this.numFeatures = positiveInteger('numFeatures', numFeatures);
  }

  override build(shapes: Shapes): void {
    super.build(shapes);
    const shape = [this.featureCount(), this.projections.keyDim];
    this.features = this.weight('features', shape, orthogonalRows(), { trainable: false });
  }

  /** Draws other features. */
  redraw(): void {
    tidy(() => {
      this.features.write(orthogonalRows().apply(this.features.shape));
    });
  }

  protected override featureCount(): number {
    const { keyDim } = this.projections;
    return this.numFeatures ?? Math.max(1, Math.round(keyDim * Math.log(keyDim)));
  }

  protected override queryFeatures(queries: Tensor): Tensor {
    const powers = this.projected(this.scaled(queries));
    return exp(
      sub(
        powers,
        withoutGradient(powers, (x) => max(x, 3, true)),
      ),
    );
  }

  protected override keyFeatures(keys: Tensor, slots?: Tensor): KeyFeatures {
    const x = this.scaled(keys);
    const powers = sub(this.projected(x), mul(sum(square(x), 3, true), 0.5)); // (B, H, S, M)
    const shift = withoutGradient(powers, (y) =>
      max(slots ? add(y, maskOf(slots).penalty) : y, [2, 3], true),
    );
    return { features: exp(minimum(sub(powers, shift), 0)), shift };
  }

  private scaled(x: Tensor): Tensor {
    return mul(x, this.projections.keyDim ** -0.25);
  }

  /** ω x: (B, H, L, K) → (B, H, L, M) */
  private projected(x: Tensor): Tensor {
    const rows = matMul(reshape(x, [-1, x.shape[3]!]), this.features.read(), false, true);
    return reshape(rows, [...x.shape.slice(0, 3), rows.shape[1]!]);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.numFeatures !== undefined && { numFeatures: this.numFeatures }) };
  }
}
register(PerformerAttention);

export const performerAttention = (args: PerformerAttentionArgs) => new PerformerAttention(args);
