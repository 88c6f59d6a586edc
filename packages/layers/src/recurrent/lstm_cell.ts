import { lstm, lstmCell as runtimeLstmCell } from '@chui/runtime';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { forgetGateOnes } from './forget_gate_ones.js';
import { RecurrentCell, type RecurrentCellArgs } from './recurrent_cell.js';

/** Options of `LSTMCell`. */
export type LSTMCellArgs = RecurrentCellArgs;

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
export class LSTMCell extends RecurrentCell {
  static readonly className = 'ChuiLSTMCell';
  readonly stateNames = ['h', 'c'] as const;
  private kernel!: LayerVariable;
  private bias!: LayerVariable;

  override build(shapes: Shapes): void {
    const [[, width]] = shapes as [Shape, Shape, Shape];
    this.kernel = this.weight('kernel', [width! + this.units, 4 * this.units], glorotUniform());
    this.bias = this.weight('bias', [4 * this.units], forgetGateOnes());
    super.build(shapes);
  }

  override step(x: Tensor, state: Tensor[]): [h: Tensor, c: Tensor] {
    const [h, c] = state as [Tensor, Tensor];
    return runtimeLstmCell(x, { h, c }, { kernel: this.kernel.read(), bias: this.bias.read() });
  }

  override run(x: Tensor, state: Tensor[]): [h: Tensor, c: Tensor] {
    const [h, c] = state as [Tensor, Tensor];
    return lstm(x, { h, c }, { kernel: this.kernel.read(), bias: this.bias.read() });
  }
}
register(LSTMCell);

/** @see LSTMCell */
export const lstmCell = (args: LSTMCellArgs) => new LSTMCell(args);
