import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import { Layer, type LayerArgs, register, type Shapes, type Tensors } from '../layer.js';
import { type Activation, activation } from '../ops/activation.js';

/** Options of `Activate`. */
export interface ActivateArgs extends LayerArgs {
  activation: Activation;
}

/**
 * act(x), for an activation that stands behind no linear layer.
 *
 * - input and output: x (…, D)
 *
 * @throws RangeError if the activation is unknown.
 */
export class Activate extends Layer {
  static readonly className = 'ChuiActivate';
  readonly activation: Activation;
  private readonly act: (x: Tensor) => Tensor;

  constructor({ activation: name, ...args }: ActivateArgs) {
    super(args);
    this.activation = name;
    this.act = activation(name);
  }

  override call(inputs: Tensors): Tensor {
    const [x] = [inputs].flat() as [Tensor];
    return this.act(x);
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    return shapes;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), activation: this.activation };
  }
}
register(Activate);

/** @see Activate */
export const activate = (args: ActivateArgs) => new Activate(args);
