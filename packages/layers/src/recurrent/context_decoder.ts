import { concat, type Tensor } from '@tensorflow/tfjs-core';
import { register } from '../layer.js';
import {
  type Attend,
  type Decoded,
  RecurrentDecoder,
  type RecurrentDecoderArgs,
} from './recurrent_decoder.js';
import { unroll } from './unroll.js';

/**
 * Decoder that attends after its step and feeds the context to the next one: sₜ = cell([xₜ; cₜ₋₁], sₜ₋₁);
 * cₜ = attend(sₜ); output [sₜ; cₜ].
 *
 * Its state is the cell's and the feed, which is as wide as a context. See `RecurrentDecoder` for inputs and outputs.
 */
export class ContextDecoder extends RecurrentDecoder {
  static readonly className = 'ChuiContextDecoder';

  protected override widths(x: number, context: number) {
    return { cell: x + context, output: this.units + context, feed: context };
  }

  protected override decode(x: Tensor, initial: Tensor[], attend: Attend): Decoded {
    const { kept, state } = unroll(x, initial, (input, before) => {
      const next = this.cell.step(concat([input, before.at(-1)!], 1), before.slice(0, -1));
      const { context, weights } = attend(next[0]);
      return { kept: [next[0], context, weights], state: [...next, context] };
    });
    const [h, context, weights] = kept;
    return { output: concat([h, context], 2), weights, state };
  }
}
register(ContextDecoder);

/** @see ContextDecoder */
export const contextDecoder = (args: RecurrentDecoderArgs) => new ContextDecoder(args);
