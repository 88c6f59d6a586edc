import { add, log, maximum, reshape, softplus, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { constant, glorotUniform } from '../initializers.js';
import { type LayerArgs, register, type Shapes, sequenceShape, shapeList } from '../layer.js';
import { linear } from '../ops/linear.js';
import { maskedSoftmax } from '../ops/masked_softmax.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export type KeyWeightedSoftmaxArgs = LayerArgs;

/** Least weight of a key, far above what rounds to zero. */
const LEAST = 1e-30;

/**
 * Softmax with a weight per key that multiplies the exponentials: weight_s = m_s exp(e_s) / Σ m_s exp(e_s), where
 * m = softplus(w · k + b) is learned, and at first about 1. A key can so be of no account whatever the query.
 *
 * - inputs, as a layer by itself: [scores, mask, key (B, S, Dk)]
 * - weights: kernel w (Dk, 1), bias b (1)
 */
export class KeyWeightedSoftmax extends Normalization {
  static readonly className = 'ChuiKeyWeightedSoftmax';
  private kernel!: LayerVariable;
  private bias!: LayerVariable;

  override build(shapes: Shapes): void {
    const key = sequenceShape('key', shapeList(shapes).at(-1)!);
    this.kernel = this.weight('kernel', [key[2], 1], glorotUniform());
    this.bias = this.weight('bias', [1], constant(Math.log(Math.E - 1)));
    super.build(shapes);
  }

  /** log m, (B, S, 1) */
  override prepare(key: Tensor): Tensor {
    const weight = softplus(linear(key, this.kernel.read(), this.bias.read()));
    return log(maximum(weight, LEAST));
  }

  override normalize(scores: Tensor, { mask, prepared }: NormalizeOptions = {}): Tensor {
    const [batch, slots] = prepared!.shape as [number, number];
    const shape = scores.rank === 4 ? [batch, 1, 1, slots] : [batch, 1, slots];
    return maskedSoftmax(add(scores, reshape(prepared!, shape)), mask);
  }
}
register(KeyWeightedSoftmax);

export const keyWeightedSoftmax = (args: KeyWeightedSoftmaxArgs = {}) => new KeyWeightedSoftmax(args);
