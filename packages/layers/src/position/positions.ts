import { embeddingLookup } from '@chui/runtime';
import {
  add,
  range,
  reshape,
  scalar,
  type serialization,
  slice,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  positiveInteger,
  type Shapes,
  sequenceShape,
  shapeList,
  type Tensors,
} from '../layer.js';

/** What every layer of absolute positions takes. */
export interface PositionsArgs extends LayerArgs {
  /** Number of positions that there are. */
  maxLength: number;
  /** Row of the table that is added to the first position; 2 in RoBERTa and BART. Default 0. */
  offset?: number;
}

/**
 * Base of the absolute positions: output = x + table[offset + position], the positions being 0 … T − 1.
 *
 * - inputs: x (B, T, D), or the list [x, position] where position, int32 of shape (), (1), (B) or (B, 1), is that of
 *   the first column, or of shape (B, T) that of each; positions must stay below maxLength, which is not checked, as it
 *   would read the tensor
 * - output: (B, T, D)
 *
 * RoBERTa's and OPT's table of N rows has the positions 0 … N − 3, so maxLength is N − 2.
 *
 * @throws RangeError if maxLength is not a positive integer or offset no integer of at least 0, x is not of rank 3 or T
 *   exceeds maxLength
 */
export abstract class Positions extends Layer {
  readonly maxLength: number;
  readonly offset: number;

  constructor({ maxLength, offset = 0, ...args }: PositionsArgs) {
    super(args);
    this.maxLength = positiveInteger('maxLength', maxLength);
    if (!Number.isInteger(offset) || offset < 0) {
      throw new RangeError(`offset must be an integer of at least 0, but is ${offset}`);
    }
    this.offset = offset;
  }

  /** The rows to add: (offset + maxLength, D). */
  protected abstract table(): Tensor;

  /** Rows of the table, int32 (B, T) or (1, T) → (B, T, D) or (1, T, D). */
  protected lookUp(rows: Tensor): Tensor {
    return embeddingLookup(this.table(), rows);
  }

  override call(inputs: Tensors): Tensor {
    return tidy(() => {
      const [x, position] = [inputs].flat() as [Tensor, Tensor?];
      const [, length, width] = this.check(x.shape);
      if (!position) return add(x, slice(this.table(), [this.offset, 0], [length, width])); // (T, D)
      if (position.rank === 2 && position.shape[1] === length) {
        return add(x, this.lookUp(add(position, scalar(this.offset, 'int32')))); // (B, T, D)
      }
      const steps = range(this.offset, this.offset + length, 1, 'int32');
      return add(x, this.lookUp(add(reshape(position, [-1, 1]), steps))); // (B, T, D)
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return this.check(shapeList(shapes)[0]!);
  }

  override getConfig(): serialization.ConfigDict {
    const { maxLength, offset } = this;
    return { ...super.getConfig(), maxLength, offset };
  }

  /** The shape of x, from the shapes of the inputs. */
  private check(shape: Shape): [batch: number, length: number, width: number] {
    const x = sequenceShape('x', shape);
    checkLength('length', x[1], 'maxLength', this.maxLength);
    return x;
  }
}

/** @throws RangeError if there are more places along an axis than positions. */
export function checkLength(axis: string, length: number | null, name: string, most: number): void {
  if (length !== null && length > most) {
    throw new RangeError(`${axis} must not exceed ${name} ${most}, but is ${length}`);
  }
}
