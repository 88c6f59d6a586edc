import { add, type Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { zeros } from '../initializers.js';
import { Layer, type LayerArgs, register, type Shapes, type Tensors } from '../layer.js';

/**
 * x + b over the last axis: what a tied table of embeddings lacks to be a layer of logits.
 *
 * - input and output: x (…, D)
 * - weights: `bias` b (D), at first zeros
 */
export class Bias extends Layer {
  static readonly className = 'ChuiBias';
  private bias!: LayerVariable;

  override build(shapes: Shapes): void {
    this.bias = this.weight('bias', [(shapes as Shape).at(-1)!], zeros());
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return add(x, this.bias.read());
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }
}
register(Bias);

/** @see Bias */
export const bias = (args: LayerArgs = {}) => new Bias(args);
