import { add, exp, minimum, relu, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import { register } from '../../layer.js';
import type { AttentionTraits } from '../traits.js';
import type { EfficientAttentionArgs } from './efficient_attention.js';
import { KernelizedAttention, type KeyFeatures } from './kernelized_attention.js';

const featureMaps = {
  /** elu(x) + 1 */
  elu: (x: Tensor) => add(relu(x), exp(minimum(x, 0))),
  relu,
} as const;

/** φ: elu(x) + 1, or max(x, 0). */
export type FeatureMap = keyof typeof featureMaps;

export interface LinearAttentionArgs extends EfficientAttentionArgs {
  /** φ. Default `elu`. */
  featureMap?: FeatureMap;
}

/**
 * Linear attention: head_h = φ(Q_h) (φ(K_h)ᵀ V_h) / φ(Q_h) Σ φ(K_h)ᵀ, with φ(x) = elu(x) + 1; if causal, over the past.
 *
 * Inputs, outputs and caches are those of {@link KernelizedAttention}. Queries are not scaled, as in the paper.
 *
 * @throws RangeError if there is no such feature map, or there is dropout
 * @see Katharopoulos et al. (2020), section 3, https://arxiv.org/abs/2006.16236
 */
export class LinearAttention extends KernelizedAttention {
  static readonly className = 'ChuiLinearAttention';
  static readonly traits: AttentionTraits = {
    formula: 'φ(Q) (φ(K)ᵀ V) / φ(Q) Σ φ(K)ᵀ, φ(x) = elu(x) + 1',
    paper: { authors: 'Katharopoulos et al.', year: 2020, url: 'https://arxiv.org/abs/2006.16236' },
    masks: 'slots',
    causal: true,
    cacheable: true,
    permutationInvariant: true,
    normalized: true,
    exact: true,
    time: '(T + S)·K·D + (T + S)·D²',
    memory: 'D·K',
  };
  readonly featureMap: FeatureMap;

  constructor({ featureMap = 'elu', ...args }: LinearAttentionArgs) {
    super(args);
    if (!Object.hasOwn(featureMaps, featureMap)) {
      throw new RangeError(
        `featureMap must be one of ${Object.keys(featureMaps).join(', ')}, but is ${featureMap}`,
      );
    }
    this.featureMap = featureMap;
  }

  protected override featureCount(): number {
    return this.projections.keyDim;
  }

  protected override queryFeatures(queries: Tensor): Tensor {
    return featureMaps[this.featureMap](queries);
  }

  protected override keyFeatures(keys: Tensor): KeyFeatures {
    return { features: featureMaps[this.featureMap](keys) };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), featureMap: this.featureMap };
  }
}
register(LinearAttention);

export const linearAttention = (args: LinearAttentionArgs) => new LinearAttention(args);
