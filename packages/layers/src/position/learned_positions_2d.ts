import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { Positions2D, type Positions2DArgs } from './positions_2d.js';

export type LearnedPositions2DArgs = Positions2DArgs;

/**
 * Learned positions of images and their patches: output[i, j] = x[i, j] + R[i] + C[j].
 *
 * - inputs, output and errors: see {@link Positions2D}
 * - weights: row_embeddings R (maxRows, D) and column_embeddings C (maxColumns, D), at first normal with deviation 0.02
 *
 * Where tables of width D/2 stand beside each other, as in DETR, R and C are those with zeros for the other's columns.
 *
 * @see Ramesh et al. (2021), appendix B, https://arxiv.org/abs/2102.12092
 */
export class LearnedPositions2D extends Positions2D {
  static readonly className = 'ChuiLearnedPositions2D';
  private rowEmbeddings!: LayerVariable;
  private columnEmbeddings!: LayerVariable;

  override build(shapes: Shapes): void {
    const width = this.computeOutputShape(shapes)[3]!;
    this.rowEmbeddings = this.weight('row_embeddings', [this.maxRows, width], normal(0.02));
    this.columnEmbeddings = this.weight('column_embeddings', [this.maxColumns, width], normal(0.02));
    super.build(shapes);
  }

  protected override tables(): [rows: Tensor, columns: Tensor] {
    return [this.rowEmbeddings.read(), this.columnEmbeddings.read()];
  }
}
register(LearnedPositions2D);

export const learnedPositions2D = (args: LearnedPositions2DArgs) => new LearnedPositions2D(args);
