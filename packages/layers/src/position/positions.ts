import { embeddingLookup } from '@chui/runtime';
import { add, range, reshape, type serialization, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
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
}

/**
 * Base of the absolute positions: output = x + table[position], the positions being 0 … T − 1.
 *
 * - inputs: x (B, T, D), or the list [x, position] where position, int32 of shape (), (1), (B) or (B, 1), is that of
 *   the first column; position + T must not pass maxLength, which is not checked, as it would read the tensor
 * - output: (B, T, D)
 *
 * @throws RangeError if x is not of rank 3 or T exceeds maxLength
 */
export abstract class Positions extends Layer {
  readonly maxLength: number;

  constructor({ maxLength, ...args }: PositionsArgs) {
    super(args);
    this.maxLength = positiveInteger('maxLength', maxLength);
  }

  /** The rows to add: (maxLength, D). */
  protected abstract table(): Tensor;

  override call(inputs: Tensors): Tensor {
    return tidy(() => {
      const [x, position] = [inputs].flat() as [Tensor, Tensor?];
      const [, length, width] = this.check(x.shape);
      if (!position) return add(x, slice(this.table(), [0, 0], [length, width])); // (T, D)
      const positions = add(reshape(position, [-1, 1]), range(0, length, 1, 'int32')); // (B, T) or (1, T)
      return add(x, embeddingLookup(this.table(), positions)); // (B, T, D)
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return this.check(shapeList(shapes)[0]!);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), maxLength: this.maxLength };
  }

  /** The shape of x, from the shapes of the inputs. */
  private check(shape: Shape): [batch: number, length: number, width: number] {
    const x = sequenceShape('x', shape);
    if (x[1] > this.maxLength) {
      throw new RangeError(`length must not exceed maxLength ${this.maxLength}, but is ${x[1]}`);
    }
    return x;
  }
}
