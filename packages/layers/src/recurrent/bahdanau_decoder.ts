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
 * Decoder that attends before its step: cₜ = attend(sₜ₋₁); sₜ = cell([xₜ; cₜ], sₜ₋₁); output [sₜ; cₜ; xₜ].
 *
 * The output has all that Bahdanau's deep output layer reads; the paper has the state before the step there, and its cell
 * is a GRU. The state is the cell's. See `RecurrentDecoder` for inputs and outputs.
 *
 * The paper's encoder is `GRU` with `direction: 'both'`: its outputs (B, S, 2U), [→hⱼ; ←hⱼ], are the memory, and the decoder
 * starts from tanh(W ←h₁), where ←h₁ is the second half of the last state that it puts out.
 *
 * @see Bahdanau et al. (2015), https://arxiv.org/abs/1409.0473
 */
export class BahdanauDecoder extends RecurrentDecoder {
  static readonly className = 'ChuiBahdanauDecoder';

  protected override widths(x: number, context: number) {
    return { cell: x + context, output: this.units + context + x };
  }

  protected override decode(x: Tensor, initial: Tensor[], attend: Attend): Decoded {
    const { kept, state } = unroll(x, initial as [h: Tensor, ...Tensor[]], (input, before) => {
      const { context, weights } = attend(before[0]);
      const next = this.cell.step(concat([input, context], 1), before);
      return { kept: [next[0], context, weights], state: next };
    });
    const [h, context, weights] = kept;
    return { output: concat([h, context, x], 2), weights, state };
  }
}
register(BahdanauDecoder);

/** @see BahdanauDecoder */
export const bahdanauDecoder = (args: RecurrentDecoderArgs) => new BahdanauDecoder(args);
