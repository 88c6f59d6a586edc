import { concat, type serialization, type Tensor, tanh } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { glorotUniform } from '../initializers.js';
import { positiveInteger, register, type Shapes } from '../layer.js';
import { linear } from '../ops/linear.js';
import { readSequence } from './read_sequence.js';
import {
  type Attend,
  type Decoded,
  RecurrentDecoder,
  type RecurrentDecoderArgs,
} from './recurrent_decoder.js';
import { unroll } from './unroll.js';

/** Options of `LuongDecoder`. */
export interface LuongDecoderArgs extends RecurrentDecoderArgs {
  /** Width O of h̃. Default: units. */
  outputDim?: number;
  /** Whether h̃ₜ₋₁ is a part of the next input. Default true. */
  inputFeeding?: boolean;
}

/**
 * Decoder that attends after its step: sₜ = cell([xₜ; h̃ₜ₋₁], sₜ₋₁); cₜ = attend(sₜ); output h̃ₜ = tanh(W_c [cₜ; sₜ]).
 *
 * Its state is the cell's and the feed, which is h̃; without input feeding it is the cell's alone, and all steps are
 * attended to at once, which is many times faster. See `RecurrentDecoder` for inputs and outputs.
 *
 * - weights: also `output_kernel` W_c (M + U, O), without a bias as in the paper
 *
 * @throws RangeError if outputDim is not a positive integer.
 * @see Luong et al. (2015), https://arxiv.org/abs/1508.04025
 */
export class LuongDecoder extends RecurrentDecoder {
  static readonly className = 'ChuiLuongDecoder';
  readonly outputDim: number;
  readonly inputFeeding: boolean;
  private outputKernel!: LayerVariable;

  constructor({ outputDim, inputFeeding = true, ...args }: LuongDecoderArgs) {
    super(args);
    this.outputDim = positiveInteger('outputDim', outputDim ?? args.units);
    this.inputFeeding = inputFeeding;
  }

  protected override widths(x: number) {
    const { outputDim, inputFeeding } = this;
    return {
      cell: inputFeeding ? x + outputDim : x,
      output: outputDim,
      ...(inputFeeding && { feed: outputDim }),
    };
  }

  override build(shapes: Shapes): void {
    super.build(shapes);
    const [, memory] = shapes as [Shape, Shape];
    const combined = this.contextWidth(memory[2]!) + this.units;
    this.outputKernel = this.weight('output_kernel', [combined, this.outputDim], glorotUniform());
  }

  protected override decode(x: Tensor, initial: Tensor[], attend: Attend): Decoded {
    if (!this.inputFeeding) {
      const [h, ...state] = readSequence(this.cell, { x, state: initial });
      return { ...this.combine(h, attend), state };
    }
    const { kept, state } = unroll(x, initial, (input, before) => {
      const next = this.cell.step(concat([input, before.at(-1)!], 1), before.slice(0, -1));
      const { output, weights } = this.combine(next[0], attend);
      return { kept: [output, weights], state: [...next, output] };
    });
    const [output, weights] = kept;
    return { output, weights, state };
  }

  /** h̃ and the attention's weights for states (B, U) of one step or (B, T, U) of all. */
  private combine(h: Tensor, attend: Attend): { output: Tensor; weights: Tensor } {
    const { context, weights } = attend(h);
    const combined = concat([context, h], -1); // (…, M + U)
    return { output: tanh(linear(combined, this.outputKernel.read())), weights };
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), outputDim: this.outputDim, inputFeeding: this.inputFeeding };
  }
}
register(LuongDecoder);

/** @see LuongDecoder */
export const luongDecoder = (args: LuongDecoderArgs) => new LuongDecoder(args);
