import type { Tensor } from '@tensorflow/tfjs-core';
import { type LayerArgs, register } from '../layer.js';
import { sparsemax as project } from '../ops/entmax.js';
import { Normalization, type NormalizeOptions } from './normalization.js';

export type SparsemaxArgs = LayerArgs;

/**
 * Sparsemax: the point of the simplex that is nearest to the scores, weight = max(e − τ, 0) with the τ that makes weights sum
 * to 1. Scores that are far behind get none at all.
 *
 * @see Martins and Astudillo (2016), https://arxiv.org/abs/1602.02068
 */
export class Sparsemax extends Normalization {
  static readonly className = 'ChuiSparsemax';

  override normalize(scores: Tensor, { mask }: NormalizeOptions = {}): Tensor {
    return project(scores, mask);
  }
}
register(Sparsemax);

export const sparsemax = (args: SparsemaxArgs = {}) => new Sparsemax(args);
