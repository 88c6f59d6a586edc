import { reshape, slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type LayerArgs, register, type Shapes, sequenceShape, type Tensors } from '../layer.js';

/**
 * The states at the first position, at which classifiers with a token of their own, such as BERT's [CLS], read a text.
 *
 * - input: x (B, T, D)
 * - output: (B, D)
 *
 * @throws RangeError if x is not of rank 3.
 * @see Devlin et al. (2019), section 3, https://arxiv.org/abs/1810.04805
 */
export class FirstPosition extends Layer {
  static readonly className = 'ChuiFirstPosition';

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    const [batch, , width] = sequenceShape('x', x.shape);
    return tidy(() => reshape(slice(x, [0, 0, 0], [batch, 1, width]), [batch, width]));
  }

  override computeOutputShape(shapes: Shapes): Shape {
    const [batch, , width] = sequenceShape('x', shapes as Shape);
    return [batch, width];
  }
}
register(FirstPosition);

/** @see FirstPosition */
export const firstPosition = (args: LayerArgs = {}) => new FirstPosition(args);
