import {
  abs,
  add,
  cast,
  clipByValue,
  greater,
  log,
  maximum,
  mean,
  mul,
  reshape,
  type Scalar,
  type serialization,
  sub,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { constant } from '../../initializers.js';
import { type LayerArgs, positiveInteger, register, type Shapes } from '../../layer.js';
import { maskOf } from '../../ops/mask.js';
import { withoutGradient } from '../../ops/without_gradient.js';
import { BiasPositions } from '../../position/bias_positions.js';
import { distances } from '../../position/distances.js';

export interface AdaptiveSpanArgs extends LayerArgs {
  /** Slots that a head may come to see on each side, S. */
  maxSpan: number;
  /** Slots over which its sight fades, R. Default 32. */
  ramp?: number;
  /** Share of maxSpan that each head sees at first. Default 0. */
  firstSpan?: number;
}

/**
 * Adaptive span: each head learns how far it sees. Weights are m_z(|i − j|) eᵉ / Σ m_z(|i − j|) eᵉ with the soft mask
 * m_z(x) = clip((R + z − x) / R, 0, 1) and a span z = S·share for each head. Trained with the mean of the spans in the loss,
 * `loss + λ · span.penalty()`, heads see as far as is worth λ; `spans` tells how far, for a window that leaves out the rest.
 *
 * - as a part, or as a layer whose output is log m_z: see {@link BiasPositions}
 * - weights: spans (H), shares of maxSpan
 *
 * @throws RangeError if a size is not a positive integer, or firstSpan is not from 0 to 1
 * @see Sukhbaatar et al. (2019), https://arxiv.org/abs/1905.07799
 */
export class AdaptiveSpan extends BiasPositions {
  static readonly className = 'ChuiAdaptiveSpan';
  readonly maxSpan: number;
  readonly ramp: number;
  readonly firstSpan: number;
  private shares!: LayerVariable;

  constructor({ maxSpan, ramp = 32, firstSpan = 0, ...args }: AdaptiveSpanArgs) {
    super(args);
    this.maxSpan = positiveInteger('maxSpan', maxSpan);
    this.ramp = positiveInteger('ramp', ramp);
    if (!(firstSpan >= 0 && firstSpan <= 1)) {
      throw new RangeError(`firstSpan must be from 0 to 1, but is ${firstSpan}`);
    }
    this.firstSpan = firstSpan;
  }

  override build(shapes: Shapes): void {
    this.shares = this.weight('spans', [this.computeOutputShape(shapes)[1]!], constant(this.firstSpan));
    super.build(shapes);
  }

  /** How many slots away each head sees anything, (H): z + R at most. */
  spans(): Tensor {
    return tidy(() => add(this.learned(), this.ramp));
  }

  /** The mean of the spans z, which is differentiable. */
  penalty(): Scalar {
    return tidy(() => mean(this.learned()) as Scalar);
  }

  override bias(queryLength: number, keyLength: number, first: Tensor | number = 0): Tensor {
    return tidy(() => {
      const apart = cast(abs(distances(queryLength, keyLength, first)), 'float32');
      const far = reshape(apart, [-1, 1, queryLength, keyLength]);
      const reach = add(reshape(this.learned(), [1, -1, 1, 1]), this.ramp); // (1, H, 1, 1)
      const mask = clipByValue(mul(sub(reach, far), 1 / this.ramp), 0, 1); // (1 or B, H, T, S)
      const unseen = withoutGradient(mask, (x) => maskOf(cast(greater(x, 0), 'float32')).penalty);
      return add(log(maximum(mask, 1e-30)), unseen);
    });
  }

  /** z, (H) */
  private learned(): Tensor {
    return mul(clipByValue(this.shares.read(), 0, 1), this.maxSpan);
  }

  override getConfig(): serialization.ConfigDict {
    const { maxSpan, ramp, firstSpan } = this;
    return { ...super.getConfig(), maxSpan, ramp, firstSpan };
  }
}
register(AdaptiveSpan);

export const adaptiveSpan = (args: AdaptiveSpanArgs) => new AdaptiveSpan(args);
