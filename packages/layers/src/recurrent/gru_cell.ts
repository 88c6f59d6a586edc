import {
  add,
  mul,
  sigmoid,
  split,
  squeeze,
  stack,
  sub,
  type Tensor,
  tanh,
  tidy,
  unstack,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { glorotUniform, zeros } from '../initializers.js';
import { register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { RecurrentCell, type RecurrentCellArgs } from './recurrent_cell.js';

/** Options of `GRUCell`. */
export type GRUCellArgs = RecurrentCellArgs;

/**
 * One step of a gated recurrent unit, which resets the state after it is projected, as PyTorch and Keras do:
 * xr, xz, xn = split(x · kernel + bias); hr, hz, hn = split(h · recurrent_kernel + recurrent_bias); r = σ(xr + hr);
 * z = σ(xz + hz); n = tanh(xn + r ⊙ hn); h′ = (1 − z) ⊙ n + z ⊙ h.
 *
 * In the paper the state is reset before its projection, not after.
 *
 * - inputs: x (B, I), h (B, U)
 * - output: h′ (B, U)
 * - weights: `kernel` (I, 3U), `recurrent_kernel` (U, 3U), `bias` (3U) and `recurrent_bias` (3U): PyTorch's weight_ih,
 *   weight_hh, both transposed, bias_ih and bias_hh, with gates in its order r, z, n; Keras has z, r, n.
 *
 * @throws RangeError if units is not a positive integer.
 * @see Cho et al. (2014), https://arxiv.org/abs/1406.1078
 */
export class GRUCell extends RecurrentCell {
  static readonly className = 'ChuiGRUCell';
  readonly stateNames = ['h'] as const;
  private kernel!: LayerVariable;
  private recurrentKernel!: LayerVariable;
  private bias!: LayerVariable;
  private recurrentBias!: LayerVariable;

  override build(shapes: Shapes): void {
    const [[, width]] = shapes as [Shape, Shape];
    const gates = 3 * this.units;
    this.kernel = this.weight('kernel', [width!, gates], glorotUniform());
    this.recurrentKernel = this.weight('recurrent_kernel', [this.units, gates], glorotUniform());
    this.bias = this.weight('bias', [gates], zeros());
    this.recurrentBias = this.weight('recurrent_bias', [gates], zeros());
    super.build(shapes);
  }

  override step(x: Tensor, state: Tensor[]): [h: Tensor] {
    const [h] = state as [Tensor];
    return tidy(() => [this.advance(this.project(x), h)]);
  }

  override run(x: Tensor, state: Tensor[]): [h: Tensor] {
    return tidy(() => {
      const projected = this.project(x); // (T, B, 3U)
      // unstack of a single step has no gradient in tfjs.
      const steps = x.shape[0] === 1 ? [squeeze(projected, [0])] : unstack(projected);
      let [h] = state as [Tensor];
      const states = steps.map((step) => {
        h = this.advance(step, h);
        return h;
      });
      return [stack(states)]; // (T, B, U)
    });
  }

  private project(x: Tensor): Tensor {
    return linear(x, this.kernel.read(), this.bias.read()); // (…, 3U)
  }

  /** h′ (B, U), from the projected x (B, 3U) and h (B, U). */
  private advance(fromInput: Tensor, h: Tensor): Tensor {
    const fromState = linear(h, this.recurrentKernel.read(), this.recurrentBias.read()); // (B, 3U)
    const sizes = [2 * this.units, this.units];
    const [xGates, xn] = split(fromInput, sizes, 1) as [Tensor, Tensor]; // (B, 2U), (B, U)
    const [hGates, hn] = split(fromState, sizes, 1) as [Tensor, Tensor];
    const [r, z] = split(sigmoid(add(xGates, hGates)), 2, 1) as [Tensor, Tensor]; // (B, U)
    const n = tanh(add(xn, mul(r, hn)));
    return add(n, mul(z, sub(h, n)));
  }
}
register(GRUCell);

/** @see GRUCell */
export const gruCell = (args: GRUCellArgs) => new GRUCell(args);
