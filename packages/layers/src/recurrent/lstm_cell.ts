import { type LstmState, lstm, lstmCell as runtimeLstmCell } from '@chui/runtime';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { Layer, type LayerArgs, positiveInteger, register, type Shapes, type Tensors } from '../layer.js';
import { forgetGateOnes } from './forget_gate_ones.js';

/** Options of `LSTMCell`. */
export interface LSTMCellArgs extends LayerArgs {
  /** Width U of the states. */
  units: number;
}

/**
 * One step of an LSTM: i, f, g, o = split([x, h] · kernel + bias); c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g); h′ = σ(o) ⊙ tanh(c′).
 *
 * - inputs: x (B, I), h (B, U), c (B, U)
 * - outputs: h′ (B, U), c′ (B, U)
 * - weights: `kernel` (I + U, 4U), the rows for x before those for h, the gates in the order i, f, g, o as PyTorch and
 *   Keras have it; `bias` (4U), where Keras has one and PyTorch the sum of two. The forget gate's bias starts at 1.
 *
 * @throws RangeError if units is not a positive integer.
 * @see Hochreiter and Schmidhuber (1997); the forget gate is from Gers et al. (2000), its bias from Jozefowicz et al. (2015)
 */
export class LSTMCell extends Layer {
  static readonly className = 'ChuiLSTMCell';
  readonly units: number;
  private kernel!: LayerVariable;
  private bias!: LayerVariable;

  constructor({ units, ...args }: LSTMCellArgs) {
    super(args);
    this.units = positiveInteger('units', units);
  }

  override build(shapes: Shapes): void {
    const [[, width]] = shapes as [Shape, Shape, Shape];
    this.kernel = this.weight('kernel', [width! + this.units, 4 * this.units], glorotUniform());
    this.bias = this.weight('bias', [4 * this.units], forgetGateOnes());
    super.build(shapes);
  }

  override call(inputs: Tensors): Tensor[] {
    const [x, h, c] = inputs as [Tensor, Tensor, Tensor];
    return this.step(x, { h, c });
  }

  /** The state after one more step, x (B, I). The cell must be built. */
  step(x: Tensor, state: LstmState): [h: Tensor, c: Tensor] {
    return runtimeLstmCell(x, state, { kernel: this.kernel.read(), bias: this.bias.read() });
  }

  /** The states (T, B, U) after each of the steps of x (T, B, I), time first. The cell must be built. */
  run(x: Tensor, state: LstmState): [h: Tensor, c: Tensor] {
    return lstm(x, state, { kernel: this.kernel.read(), bias: this.bias.read() });
  }

  override computeOutputShape(shapes: Shapes): Shape[] {
    const [, h, c] = shapes as [Shape, Shape, Shape];
    return [h, c];
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units };
  }
}
register(LSTMCell);

/** @see LSTMCell */
export const lstmCell = (args: LSTMCellArgs) => new LSTMCell(args);
