import { crossEntropy } from '@chui/layers';
import { reshape, type Scalar, Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderForwardOptions, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';
import { classLabels, type Labels } from '../inputs.js';
import type { TransformerEncoderInputs } from '../transformer_encoder.js';

/** Ids of each choice: (B, C, T). */
type Choices = Tensor | readonly (readonly (readonly number[])[])[];

export interface MultipleChoiceInputs {
  /** (B, C, T) for C choices: the question with each of them. */
  inputIds: Choices;
  /** (B, C, T), 1 at tokens. */
  attentionMask?: Choices | undefined;
  /** (B, C, T). */
  tokenTypeIds?: Choices | undefined;
  /** (B), the right choice. */
  labels?: Labels | undefined;
}

export interface MultipleChoiceOutput extends EncoderOutput {
  /** (B, C). */
  logits: Tensor2D;
}

/** An encoder that scores each of some choices; their LayersModel scores one, (N, T) → (N, 1). */
export abstract class MultipleChoice<C extends EncoderConfig = EncoderConfig> extends ChainModel<
  C,
  // biome-ignore lint/suspicious/noExplicitAny: its ids have an axis more than those of other encoders
  any,
  MultipleChoiceOutput
> {
  protected override makeChain(): Chain {
    const { family, config } = this;
    return family.choiceHead?.(config) ?? family.sequenceHead(config, 1);
  }

  override forward(inputs: MultipleChoiceInputs, options: EncoderForwardOptions = {}): MultipleChoiceOutput {
    return super.forward(inputs, options);
  }

  protected override tensors(inputs: MultipleChoiceInputs): TransformerEncoderInputs<Tensor> {
    const flat = (name: 'inputIds' | 'attentionMask' | 'tokenTypeIds') => {
      const given = inputs[name];
      if (!given) return undefined;
      if (!(given instanceof Tensor)) return given.flat() as readonly (readonly number[])[];
      if (given.rank !== 3) {
        throw new RangeError(`${name} must have the shape (B, C, T), but has [${given.shape}]`);
      }
      return reshape(given, [-1, given.shape[2]!]);
    };
    choicesOf(inputs.inputIds);
    return super.tensors({
      inputIds: flat('inputIds'),
      attentionMask: flat('attentionMask'),
      tokenTypeIds: flat('tokenTypeIds'),
    });
  }

  protected override shaped(
    { logits }: Record<string, Tensor>,
    { inputIds }: MultipleChoiceInputs,
  ): Record<string, Tensor> {
    return { logits: reshape(logits!, [-1, choicesOf(inputIds)]) };
  }

  protected override lossOf(
    { labels }: MultipleChoiceInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!labels) return undefined;
    const [batch, classes] = logits!.shape as [number, number];
    return crossEntropy(logits!, classLabels('labels', labels, [batch], { classes }), { labelSmoothing });
  }
}

/** How many choices there are. */
function choicesOf(inputIds: Choices): number {
  if (inputIds instanceof Tensor) return inputIds.shape[1]!;
  const [first] = inputIds;
  const other = inputIds.find((choices) => choices.length !== first!.length);
  if (!first || first.length === 0 || other) {
    throw new RangeError(
      `inputIds must have as many choices in each row, but have ${first?.length ?? 0} and ${other?.length ?? 0}`,
    );
  }
  return first.length;
}
