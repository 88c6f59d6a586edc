import { type serialization, type Tensor, zeros } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type LayerArgs, positiveInteger, register, type Shapes, type Tensors } from '../layer.js';

/** Options of `ZeroState`. */
export interface ZeroStateArgs extends LayerArgs {
  /** Width of the state. */
  units: number;
}

/**
 * A state of zeros, one row for each row of its input: (B, …) → (B, units). It begins a recurrence inside a model whose
 * batch size is not known when it is wired.
 *
 * @throws RangeError if units is not a positive integer.
 */
export class ZeroState extends Layer {
  static readonly className = 'ChuiZeroState';
  readonly units: number;

  constructor({ units, ...args }: ZeroStateArgs) {
    super(args);
    this.units = positiveInteger('units', units);
  }

  override call(inputs: Tensors): Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor;
    return zeros([x.shape[0]!, this.units]);
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const shape = (Array.isArray(shapes[0]) ? shapes[0] : shapes) as Shape;
    return [shape[0]!, this.units];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units };
  }
}
register(ZeroState);

/** @see ZeroState */
export const zeroState = (args: ZeroStateArgs) => new ZeroState(args);
