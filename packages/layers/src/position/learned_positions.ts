import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { Positions, type PositionsArgs } from './positions.js';

export type LearnedPositionsArgs = PositionsArgs;

/**
 * Learned positions: output = x + E[offset + position].
 *
 * - inputs, output and errors: see {@link Positions}
 * - weights: embeddings E (offset + maxLength, D), at first normal with deviation 0.02
 *
 * @see Gehring et al. (2017), https://arxiv.org/abs/1705.03122
 */
export class LearnedPositions extends Positions {
  static readonly className = 'ChuiLearnedPositions';
  private embeddings!: LayerVariable;

  override build(shapes: Shapes): void {
    const [, , width] = this.computeOutputShape(shapes);
    this.embeddings = this.weight('embeddings', [this.offset + this.maxLength, width!], normal(0.02));
    super.build(shapes);
  }

  protected override table(): Tensor {
    return this.embeddings.read();
  }
}
register(LearnedPositions);

export const learnedPositions = (args: LearnedPositionsArgs) => new LearnedPositions(args);
