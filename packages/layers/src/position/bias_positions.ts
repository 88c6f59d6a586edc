import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type Shapes, shapeList, type Tensors } from '../layer.js';
import { AttentionPositions } from './attention_positions.js';

/**
 * Base of the positions that add to the scores of an attention's heads what depends on how far a key is from a query.
 *
 * - as a part: `positions` of an attention with heads
 * - as a layer: queries (B, H, T, K), or [queries, keys (B, H, S, K)] → bias (1, H, T, S), to be an input `bias` of
 *   several attentions
 *
 * @throws RangeError if queries or keys are not of rank 4
 */
export abstract class BiasPositions extends AttentionPositions {
  abstract override bias(queryLength: number, keyLength: number, first?: Tensor | number): Tensor;

  override call(inputs: Tensors): Tensor {
    const [queries, keys = queries] = [inputs].flat() as [Tensor, Tensor?];
    const [, , queryLength, keyLength] = this.computeOutputShape([queries.shape, keys.shape]);
    return this.bias(queryLength!, keyLength!);
  }

  override computeOutputShape(shapes: Shapes): Shape {
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
}
