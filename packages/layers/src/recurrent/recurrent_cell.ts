import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { Layer, type LayerArgs, positiveInteger, type Shapes, type Tensors } from '../layer.js';

/** What every cell's constructor takes. */
export interface RecurrentCellArgs extends LayerArgs {
  /** Width U of the states. */
  units: number;
}

/**
 * Base of the cells: one step of a recurrent layer, on a state of one part or several.
 *
 * - inputs: x (B, I), then the state's parts, each (B, U)
 * - outputs: the parts of the state after the step; the first, h, is what the layer puts out
 *
 * @throws RangeError if units is not a positive integer.
 */
export abstract class RecurrentCell extends Layer {
  readonly units: number;
  /** Names of the state's parts. */
  abstract readonly stateNames: readonly ['h', ...string[]];

  constructor({ units, ...args }: RecurrentCellArgs) {
    super(args);
    this.units = positiveInteger('units', units);
  }

  /** The state after one more step, x (B, I). The cell must be built. */
  abstract step(x: Tensor, state: Tensor[]): [h: Tensor, ...Tensor[]];
  /** The states (T, B, U) after each of the steps of x (T, B, I), time first. The cell must be built. */
  abstract run(x: Tensor, state: Tensor[]): [h: Tensor, ...Tensor[]];

  override call(inputs: Tensors): Tensors {
    const [x, ...state] = inputs as [Tensor, ...Tensor[]];
    const next = this.step(x, state);
    return next.length === 1 ? next[0] : next;
  }

  override computeOutputShape(shapes: Shapes): Shapes {
    const [, ...state] = shapes as [Shape, Shape, ...Shape[]];
    return state.length === 1 ? state[0]! : state;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units };
  }
}
