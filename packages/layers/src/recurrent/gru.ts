import { register } from '../layer.js';
import { GRUCell } from './gru_cell.js';
import { RecurrentLayer, type RecurrentLayerArgs } from './recurrent_layer.js';

/** Options of `GRU`. */
export type GRUArgs = RecurrentLayerArgs;

/**
 * Gated recurrent units over a sequence, as `GRUCell` has it step by step.
 *
 * - inputs: x (B, T, I), optional mask (B, T), optional h (B, U) to start from (default zeros): the list is [x], [x, mask]
 *   or [x, mask, h]; with h and nothing to hide the mask is ones. Where the mask is 0, wherever that is, the state is
 *   carried over and the output is 0.
 * - outputs: the state h of every step (B, T, U), the last h (B, U)
 * - weights: `forward/kernel` (I, 3U), `forward/recurrent_kernel` (U, 3U), `forward/bias` (3U) and
 *   `forward/recurrent_bias` (3U), or `backward/…`, or both
 *
 * @throws RangeError if units is not a positive integer, the direction is unknown, or the inputs are not such a list.
 * @see Cho et al. (2014), https://arxiv.org/abs/1406.1078; Schuster and Paliwal (1997) for the bidirectional form
 */
export class GRU extends RecurrentLayer {
  static readonly className = 'ChuiGRU';

  constructor(args: GRUArgs) {
    super(args, (units) => new GRUCell({ units }));
  }
}
register(GRU);

/** @see GRU */
export const gru = (args: GRUArgs) => new GRU(args);
