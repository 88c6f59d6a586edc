import { matMul, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type Memory, ScoredAttention } from './scored_attention.js';

/** An attention without heads, whose context is the weighted mean of the values as they are: (B, T, Dv). */
export abstract class SingleHeadAttention extends ScoredAttention {
  protected override contextWidth(_query: Shape, value: Shape): number | null {
    return value[2]!;
  }

  protected override projectValues(value: Tensor): Tensor {
    return value;
  }

  protected override read(weights: Tensor, { values }: Memory): Tensor {
    return matMul(weights, values); // (B, T, S) · (B, S, Dv) → (B, T, Dv)
  }
}
