import type { Tensor } from '@tensorflow/tfjs-core';
import { type LayerArgs, register } from '../layer.js';
import { entmax15 as project } from '../ops/entmax.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export type Entmax15Args = LayerArgs;

/**
 * 1.5-entmax: weight = max(e/2 − τ, 0)² with the τ that makes weights sum to 1, between softmax and sparsemax.
 *
 * @see Peters et al. (2019), https://arxiv.org/abs/1905.05702
 */
export class Entmax15 extends Normalization {
  static readonly className = 'ChuiEntmax15';

  override normalize(scores: Tensor, { mask }: NormalizeOptions = {}): Tensor {
    return project(scores, mask);
  }
}
register(Entmax15);

export const entmax15 = (args: Entmax15Args = {}) => new Entmax15(args);
