import { crossEntropy } from '@chui/layers';
import { reshape, type Scalar, Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { BodyInputs } from '../../family/body.js';
import { inputTensors, isGiven, type Vectors } from '../../family/inputs.js';
import { classLabels, type Labels } from '../../family/labels.js';
import { type Ids, isRow, type Mask } from '../../ids.js';
import { shown } from '../../shown.js';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderForwardOptions, EncoderInputs, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

/** What an encoder reads of one choice, for each of some: with an axis of choices C behind the batch. */
type Choices<Rows> = Tensor | readonly Exclude<Rows, Tensor>[];

export interface MultipleChoiceInputs {
  /** (B, C, T) for C choices: the question with each of them. */
  inputIds?: Choices<Ids> | undefined;
  /** (B, C, T, E), vectors in the place of the ids' embeddings. */
  inputsEmbeds?: Choices<Vectors> | undefined;
  /** (B, C, T), 1 at tokens. */
  attentionMask?: Choices<Mask> | undefined;
  /** (B, C, T). */
  tokenTypeIds?: Choices<Ids> | undefined;
  /** (B, C, T). */
  positionIds?: Choices<Ids> | undefined;
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
  MultipleChoiceInputs,
  MultipleChoiceOutput
> {
  protected override readonly labelNames = ['labels'];

  protected override makeChain(): Chain {
    const { family, config } = this;
    return family.choiceHead?.(config) ?? family.sequenceHead(config, 1);
  }

  protected override tensors(inputs: MultipleChoiceInputs): BodyInputs<Tensor> {
    const choices = choicesOf(inputs);
    const { inputIds, inputsEmbeds, attentionMask, tokenTypeIds, positionIds } = inputs;
    const flat: EncoderInputs = {
      inputIds: flatten('inputIds', inputIds, choices),
      inputsEmbeds: flatten('inputsEmbeds', inputsEmbeds, choices, 4),
      attentionMask: flatten('attentionMask', attentionMask, choices),
      tokenTypeIds: flatten('tokenTypeIds', tokenTypeIds, choices),
      positionIds: flatten('positionIds', positionIds, choices),
    };
    return inputTensors(flat, this.sizes);
  }

  protected override shaped(
    { logits }: Record<string, Tensor>,
    inputs: MultipleChoiceInputs,
  ): Record<string, Tensor> {
    return { logits: reshape(logits!, [-1, choicesOf(inputs)]) };
  }

  protected override lossOf(
    { labels }: MultipleChoiceInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!isGiven(labels)) return undefined;
    const [batch, classes] = logits!.shape as [number, number];
    return crossEntropy(logits!, classLabels('labels', labels, [batch], { classes }), { labelSmoothing });
  }
}

/** (B, C, …) → (B · C, …) */
function flatten<Rows>(
  name: string,
  given: Choices<Rows> | undefined,
  choices: number,
  rank = 3,
): Tensor | Exclude<Rows, Tensor> | undefined {
  if (!isGiven(given)) return undefined;
  const rule = `${name} must have the shape (B, C, T${rank > 3 ? ', E' : ''})`;
  if (given instanceof Tensor) {
    if (given.rank !== rank) throw new RangeError(`${rule}, but has [${given.shape}]`);
    return reshape(given, [-1, ...given.shape.slice(2)]);
  }
  if (!Array.isArray(given) || !given.every((each) => Array.isArray(each) && each.every(isRow))) {
    throw new RangeError(`${rule}, but is ${shown(given)}`);
  }
  const other = given.find((each) => each.length !== choices);
  if (other) {
    throw new RangeError(
      `${name} must have as many choices in each row, but has ${choices} and ${other.length}`,
    );
  }
  return given.flat() as Exclude<Rows, Tensor>;
}

/** How many choices there are. */
function choicesOf({ inputIds, inputsEmbeds }: MultipleChoiceInputs): number {
  const given = inputIds ?? inputsEmbeds!;
  if (given instanceof Tensor) return given.shape[1] ?? 0;
  const [first] = Array.isArray(given) ? (given as readonly unknown[]) : [];
  if (Array.isArray(first) && first.length > 0) return first.length;
  const name = isGiven(inputIds) ? 'inputIds' : 'inputsEmbeds';
  throw new RangeError(`${name} must have a choice at least in each row, but is ${shown(given)}`);
}
