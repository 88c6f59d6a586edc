import { type serialization, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { register, type Shapes } from '../layer.js';
import { Positions, type PositionsArgs } from './positions.js';
import { type SinusoidalLayout, sinusoidalLayout, sinusoidalTable } from './sinusoidal_table.js';

export interface SinusoidalPositionsArgs extends Omit<PositionsArgs, 'maxLength'> {
  /** How sines and cosines share the columns. */
  layout?: SinusoidalLayout;
  /** Number of positions that the table holds; 1024 if left out. */
  maxLength?: number;
}

/**
 * Sinusoidal positions: output = x + table[offset + position], the table being that of `sinusoidalTable`. It has no weights.
 *
 * - inputs, output and errors: see {@link Positions}; D is even
 *
 * @throws RangeError if the layout is unknown or D is odd
 * @see Vaswani et al. (2017), section 3.5, https://arxiv.org/abs/1706.03762
 */
export class SinusoidalPositions extends Positions {
  static readonly className = 'ChuiSinusoidalPositions';
  readonly layout: SinusoidalLayout;
  private rows!: Tensor;

  constructor({ layout = 'interleaved', maxLength = 1024, ...args }: SinusoidalPositionsArgs = {}) {
    super({ maxLength, ...args });
    this.layout = sinusoidalLayout(layout);
  }

  override build(shapes: Shapes): void {
    const width = this.computeOutputShape(shapes)[2]!;
    const length = this.offset + this.maxLength;
    this.rows = this.constant(tensor2d(sinusoidalTable(length, width, this.layout), [length, width]));
    super.build(shapes);
  }

  protected override table(): Tensor {
    return this.rows;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), layout: this.layout };
  }
}
register(SinusoidalPositions);

export const sinusoidalPositions = (args: SinusoidalPositionsArgs = {}) => new SinusoidalPositions(args);
