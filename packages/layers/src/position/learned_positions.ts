import { notEqual, type serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { normal } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { dropGradient } from '../ops/drop_gradient.js';
import { Positions, type PositionsArgs } from './positions.js';

export interface LearnedPositionsArgs extends PositionsArgs {
  /** Row of the table that learns nothing where positions are given, as RoBERTa has for padding. */
  paddingRow?: number;
}

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
  readonly paddingRow?: number;
  private embeddings!: LayerVariable;

  constructor({ paddingRow, ...args }: LearnedPositionsArgs) {
    super(args);
    if (paddingRow === undefined) return;
    if (!Number.isInteger(paddingRow) || paddingRow < 0 || paddingRow >= this.offset + this.maxLength) {
      throw new RangeError(
        `paddingRow must be a row of the ${this.offset + this.maxLength}, but is ${paddingRow}`,
      );
    }
    this.paddingRow = paddingRow;
  }

  override build(shapes: Shapes): void {
    const [, , width] = this.computeOutputShape(shapes);
    this.embeddings = this.weight('embeddings', [this.offset + this.maxLength, width!], normal(0.02));
    super.build(shapes);
  }

  protected override table(): Tensor {
    return this.embeddings.read();
  }

  protected override lookUp(rows: Tensor): Tensor {
    const found = super.lookUp(rows);
    return this.paddingRow === undefined ? found : dropGradient(found, notEqual(rows, this.paddingRow));
  }

  override getConfig(): serialization.ConfigDict {
    const { paddingRow } = this;
    return { ...super.getConfig(), ...(paddingRow !== undefined && { paddingRow }) };
  }
}
register(LearnedPositions);

export const learnedPositions = (args: LearnedPositionsArgs) => new LearnedPositions(args);
