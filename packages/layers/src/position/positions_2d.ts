import { add, reshape, type serialization, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type LayerArgs, positiveInteger, type Shapes, shapeList, type Tensors } from '../layer.js';
import { checkLength } from './positions.js';

/** What every layer of absolute positions in two dimensions takes. */
export interface Positions2DArgs extends LayerArgs {
  /** Number of rows of places that there are. */
  maxRows: number;
  /** Number of columns of places; maxRows if left out. */
  maxColumns?: number;
}

/**
 * Base of the absolute positions of images and their patches: output[i, j] = x[i, j] + rows[i] + columns[j].
 *
 * - inputs: x (B, Y, X, D), Y rows of X places
 * - output: (B, Y, X, D)
 *
 * @throws RangeError if maxRows or maxColumns is not a positive integer, x is not of rank 4, or Y or X exceeds them
 */
export abstract class Positions2D extends Layer {
  readonly maxRows: number;
  readonly maxColumns: number;

  constructor({ maxRows, maxColumns = maxRows, ...args }: Positions2DArgs) {
    super(args);
    this.maxRows = positiveInteger('maxRows', maxRows);
    this.maxColumns = positiveInteger('maxColumns', maxColumns);
  }

  /** What is added to each row, (maxRows, D), and to each column, (maxColumns, D). */
  protected abstract tables(): [rows: Tensor, columns: Tensor];

  override call(inputs: Tensors): Tensor {
    return tidy(() => {
      const [x] = [inputs].flat() as [Tensor];
      const [, height, breadth, width] = this.computeOutputShape(x.shape) as number[];
      const [rows, columns] = this.tables();
      const down = reshape(slice(rows, [0, 0], [height!, width!]), [height!, 1, width!]);
      const across = slice(columns, [0, 0], [breadth!, width!]);
      return add(x, add(down, across)); // (Y, 1, D) + (X, D) → (Y, X, D)
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const shape = shapeList(shapes)[0]!;
    if (shape.length !== 4) {
      throw new RangeError(`x must be of rank 4 (batch, rows, columns, width), but has shape [${shape}]`);
    }
    checkLength('rows', shape[1]!, 'maxRows', this.maxRows);
    checkLength('columns', shape[2]!, 'maxColumns', this.maxColumns);
    return shape;
  }

  override getConfig(): serialization.ConfigDict {
    const { maxRows, maxColumns } = this;
    return { ...super.getConfig(), maxRows, maxColumns };
  }
}
