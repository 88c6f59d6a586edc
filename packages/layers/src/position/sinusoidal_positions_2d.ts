import { pad, type serialization, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { register, type Shapes } from '../layer.js';
import { Positions2D, type Positions2DArgs } from './positions_2d.js';
import { type SinusoidalLayout, sinusoidalLayout, sinusoidalTable } from './sinusoidal_table.js';

export interface SinusoidalPositions2DArgs extends Omit<Positions2DArgs, 'maxRows'> {
  /** How sines and cosines share the columns of each half. Default `interleaved`, as in DETR; MAE has `half`. */
  layout?: SinusoidalLayout;
  /** Number of rows of places that the table holds; 256 if left out. */
  maxRows?: number;
}

/**
 * Sinusoidal positions of images and their patches: output[i, j] = x[i, j] + [table[i] | table[j]], the table of width D/2
 * being that of `sinusoidalTable`: the first half of the width tells the row, the second half the column. No weights.
 *
 * - inputs, output and errors: see {@link Positions2D}; D is a multiple of 4
 *
 * DETR counts from 1, and some of its kind scale positions to 2π.
 *
 * @throws RangeError if the layout is unknown or D is no multiple of 4
 * @see Carion et al. (2020), appendix A, https://arxiv.org/abs/2005.12872
 */
export class SinusoidalPositions2D extends Positions2D {
  static readonly className = 'ChuiSinusoidalPositions2D';
  readonly layout: SinusoidalLayout;
  private rows!: Tensor;
  private columns!: Tensor;

  constructor({ layout = 'interleaved', maxRows = 256, ...args }: SinusoidalPositions2DArgs = {}) {
    super({ maxRows, ...args });
    this.layout = sinusoidalLayout(layout);
  }

  override build(shapes: Shapes): void {
    const width = this.computeOutputShape(shapes)[3]!;
    if (width % 4 !== 0) throw new RangeError(`width must be a multiple of 4, but is ${width}`);
    const half = width / 2;
    const table = (length: number, before: number) =>
      tidy(() => {
        const rows = tensor2d(sinusoidalTable(length, half, this.layout), [length, half]);
        return pad(rows, [
          [0, 0],
          [before, half - before],
        ]);
      });
    this.rows = this.constant(table(this.maxRows, 0));
    this.columns = this.constant(table(this.maxColumns, half));
    super.build(shapes);
  }

  protected override tables(): [rows: Tensor, columns: Tensor] {
    return [this.rows, this.columns];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), layout: this.layout };
  }
}
register(SinusoidalPositions2D);

export const sinusoidalPositions2D = (args: SinusoidalPositions2DArgs = {}) =>
  new SinusoidalPositions2D(args);
