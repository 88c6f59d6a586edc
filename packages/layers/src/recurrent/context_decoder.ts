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
 * Decoder that attends after its step and feeds the context to the next one: sₜ = LSTM([xₜ; cₜ₋₁], sₜ₋₁);
 * cₜ = attend(sₜ); output [sₜ; cₜ].
 *
 * Its state is [h, c, feed], the feed as wide as a context. See `RecurrentDecoder` for inputs and outputs.
 */
export class ContextDecoder extends RecurrentDecoder {
  static readonly className = 'ChuiContextDecoder';

  protected override widths(x: number, context: number) {
    return { cell: x + context, output: this.units + context, feed: context };
  }

  protected override decode(x: Tensor, initial: Tensor[], attend: Attend): Decoded {
    const start = initial as [h: Tensor, c: Tensor, feed: Tensor];
    const { kept, state } = unroll(x, start, (input, [h, c, feed]) => {
      const next = this.cell.step(concat([input, feed], 1), [h, c]);
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
