import { crossEntropy } from '@chui/layers';
import {
  add,
  cast,
  clipByValue,
  div,
  equal,
  reshape,
  type Scalar,
  scalar,
  slice,
  type Tensor,
  type Tensor2D,
  where,
} from '@tensorflow/tfjs-core';
import { isGiven } from '../../family/inputs.js';
import { type Labels, placeLabels } from '../../family/labels.js';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderForwardOptions, EncoderInputs, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

export interface QuestionAnsweringInputs extends EncoderInputs {
  /** (B), the token at which the answer begins; a place beyond the text is left out of the loss, one below 0 is 0. */
  startPositions?: Labels | undefined;
  /** (B), the token at which it ends. */
  endPositions?: Labels | undefined;
}

export interface QuestionAnsweringOutput extends EncoderOutput {
  /** (B, T). */
  startLogits: Tensor2D;
  /** (B, T). */
  endLogits: Tensor2D;
}

/**
 * An encoder of question and text that says where in it the answer begins and ends. The loss is the mean of two
 * cross-entropies over positions.
 *
 * @see Devlin et al. (2019), section 4.2, https://arxiv.org/abs/1810.04805
 */
export abstract class QuestionAnswering<C extends EncoderConfig = EncoderConfig> extends ChainModel<
  C,
  QuestionAnsweringInputs,
  QuestionAnsweringOutput
> {
  protected override readonly labelNames = ['startPositions', 'endPositions'];

  protected override makeChain(): Chain {
    return this.family.answerHead(this.config);
  }

  protected override shaped(results: Record<string, Tensor>): Record<string, Tensor> {
    const logits = results.logits!;
    const [batch, length] = logits.shape as [number, number];
    const [startLogits, endLogits] = [0, 1].map((which) =>
      reshape(slice(logits, [0, 0, which], [batch, length, 1]), [batch, length]),
    ) as [Tensor, Tensor];
    return { startLogits, endLogits };
  }

  protected override lossOf(
    { startPositions, endPositions }: QuestionAnsweringInputs,
    { startLogits, endLogits }: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!isGiven(startPositions) || !isGiven(endPositions)) return undefined;
    const lossOf = (name: string, positions: Labels, logits: Tensor) => {
      const [batch, length] = logits.shape as [number, number];
      const places = placeLabels(name, positions, [batch]);
      const beyond = clipByValue(places, 0, length); // T stands for all beyond
      const ids = where(equal(beyond, scalar(length, 'int32')), scalar(-100, 'int32'), beyond);
      return crossEntropy(logits, cast(ids, 'int32'), { labelSmoothing });
    };
    return div(
      add(
        lossOf('startPositions', startPositions, startLogits!),
        lossOf('endPositions', endPositions, endLogits!),
      ),
      2,
    ) as Scalar;
  }
}
