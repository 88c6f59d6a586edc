import { register } from '../layer.js';
import { LSTMCell } from './lstm_cell.js';
import { RecurrentLayer, type RecurrentLayerArgs } from './recurrent_layer.js';

/** Options of `LSTM`. */
export type LSTMArgs = RecurrentLayerArgs;

/**
 * Long short-term memory over a sequence, as `LSTMCell` has it step by step.
 *
 * - inputs: x (B, T, I), optional mask (B, T), optional h and c (B, U) to start from (default zeros): the list
 *   is [x], [x, mask], [x, h, c] or [x, mask, h, c]. Where the mask is 0, wherever that is, the state is carried over
 *   and the output is 0.
 * - outputs: the state h of every step (B, T, U), the last h (B, U), the last c (B, U)
 * - weights: `forward/kernel` (I + U, 4U) and `forward/bias` (4U), or `backward/…`, or both
 *
 * Without attention it is a decoder too: [x, h, c] → [output, h, c], for all steps at once or for one.
 *
 * @throws RangeError if units is not a positive integer, the direction is unknown, or the inputs are not such a list.
 * @see Schuster and Paliwal (1997) for the bidirectional form
 */
export class LSTM extends RecurrentLayer {
  static readonly className = 'ChuiLSTM';

  constructor(args: LSTMArgs) {
    super(args, (units) => new LSTMCell({ units }));
  }
}
register(LSTM);

/** @see LSTM */
export const lstm = (args: LSTMArgs) => new LSTM(args);
