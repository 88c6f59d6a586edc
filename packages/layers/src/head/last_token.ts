import {
  add,
  cast,
  gather,
  max,
  mul,
  notEqual,
  range,
  reshape,
  scalar,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import {
  Layer,
  type LayerArgs,
  register,
  type Shapes,
  sequenceShape,
  shapeList,
  type Tensors,
} from '../layer.js';

/**
 * The states at the last token of each text, where a decoder has read all of it: y[b] = x[b, max {t : mask[b, t] ≠ 0}], or x[b, 0]
 * where there is no token.
 *
 * - inputs: x (B, T, D); mask (B, T), 0 at padding, on either side
 * - output: (B, D)
 *
 * @throws RangeError if x is not of rank 3, or the mask is not of its batch and length.
 * @see Radford et al. (2018), section 3.2, "Improving Language Understanding by Generative Pre-Training"
 */
export class LastToken extends Layer {
  static readonly className = 'ChuiLastToken';

  override call(inputs: Tensors): Tensor {
    const [x, mask] = inputs as [Tensor, Tensor];
    const [batch, length, width] = sequenceShape('x', x.shape);
    if (mask.rank !== 2 || mask.shape[0] !== batch || mask.shape[1] !== length) {
      throw new RangeError(`mask must have the shape [${batch},${length}], but has [${mask.shape}]`);
    }
    return tidy(() => {
      const isToken = cast(notEqual(mask, scalar(0, mask.dtype as 'int32')), 'int32');
      const last = max(mul(isToken, range(0, length, 1, 'int32')), 1);
      const rows = add(mul(range(0, batch, 1, 'int32'), scalar(length, 'int32')), last);
      return gather(reshape(x, [batch * length, width]), rows);
    });
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const [batch, , width] = sequenceShape('x', shapeList(shapes)[0]!);
    return [batch, width];
  }
}
register(LastToken);

/** @see LastToken */
export const lastToken = (args: LayerArgs = {}) => new LastToken(args);
