import { cast, mul, reshape, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type LayerArgs, register, type Shapes, shapeList, type Tensors } from '../layer.js';
import { AttentionPositions } from './attention_positions.js';
import { distances } from './distances.js';

export type AlibiPositionsArgs = LayerArgs;

/**
 * ALiBi, attention with linear biases: adds slope_h · (j − i) to the score of query i and key j in head h. With causal
 * attention, which it was made for, it lowers what is further away.
 *
 * - as a part: `positions` of an attention with heads
 * - as a layer: queries (B, H, T, K), or [queries, keys (B, H, S, K)] → bias (1, H, T, S)
 *
 * Slopes are 2^(−8/H), 2^(−16/H), …; for H that is no power of two those of the power of two below, then every other slope of
 * the power above.
 *
 * @see Press et al. (2022), https://arxiv.org/abs/2108.12409
 */
export class AlibiPositions extends AttentionPositions {
  static readonly className = 'ChuiAlibiPositions';
  private slopes!: Tensor;

  override build(shapes: Shapes): void {
    const heads = biasShape(shapes)[1]!;
    this.slopes = this.constant(reshape(tensor1d(alibiSlopes(heads)), [1, heads, 1, 1]));
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [queries, keys = queries] = [inputs].flat() as [Tensor, Tensor?];
    biasShape([queries.shape, keys.shape]);
    return this.bias(queries.shape[2]!, keys.shape[2]!);
  }

  override bias(queryLength: number, keyLength: number, first: Tensor | number = 0): Tensor {
    return tidy(() => {
      const ahead = reshape(cast(distances(queryLength, keyLength, first), 'float32'), [
        -1,
        1,
        queryLength,
        keyLength,
      ]);
      return mul(this.slopes, ahead); // (1 or B, H, T, S)
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    return biasShape(shapes);
  }
}
register(AlibiPositions);

export const alibiPositions = (args: AlibiPositionsArgs = {}) => new AlibiPositions(args);

/** The slope of each of H heads. */
function alibiSlopes(heads: number): number[] {
  const power = 2 ** Math.floor(Math.log2(heads));
  const slopes = (count: number) => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const others = slopes(2 * power).filter((_, i) => i % 2 === 0);
  return [...slopes(power), ...others.slice(0, heads - power)];
}

/** The shape (1, H, T, S) of a bias, from those of queries and keys (B, H, L, K). */
export function biasShape(shapes: Shapes): Shape {
  const [queries, keys = queries] = shapeList(shapes) as [Shape, Shape?];
  for (const [name, shape] of Object.entries({ queries, keys })) {
    if (shape.length !== 4) {
      throw new RangeError(
        `${name} must be of rank 4 (batch, heads, length, width), but have shape [${shape}]`,
      );
    }
  }
  return [1, queries[1]!, queries[2]!, keys[2]!];
}
