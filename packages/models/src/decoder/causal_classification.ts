import { LastToken, Linear } from '@chui/layers';
import { notEqual, ones, type Scalar, scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  type layers,
  model as layersModel,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type { BodyInputs } from '../family/body.js';
import { classificationLoss } from '../family/classification_loss.js';
import type { Labels } from '../family/labels.js';
import { apply, type Value } from '../wiring.js';
import {
  type DecoderForwardOptions,
  type DecoderInputs,
  DecoderModel,
  type DecoderOutput,
} from './decoder_model.js';
import type { DecoderConfig } from './family.js';

export interface CausalClassificationInputs extends Omit<DecoderInputs, 'documentIds'> {
  /** As those of `SequenceClassification`. */
  labels?: Labels | undefined;
}

export interface CausalClassificationOutput extends DecoderOutput {
  /** (B, L) for L classes; of a regression, the numbers. */
  logits: Tensor2D;
}

/**
 * A decoder that classifies whole texts, or gives each a number, such as a reward: logits = W · x of the last token, which alone has
 * read all of the text. That is the last one that is not config.padTokenId; where there is none, or vectors are read, the last one
 * that the mask has. The loss is that of `SequenceClassification`.
 *
 * @see GPT2ForSequenceClassification in Hugging Face's library
 */
export abstract class CausalClassification<C extends DecoderConfig = DecoderConfig> extends DecoderModel<
  C,
  CausalClassificationInputs,
  CausalClassificationOutput
> {
  protected override readonly labelNames = ['labels'];
  declare private score: layers.Layer;
  declare private last: layers.Layer;

  protected override makeHead(): layers.Layer[] {
    this.score = new Linear({ name: 'score', units: this.numLabels, useBias: false });
    this.last = new LastToken({ name: 'last_token' });
    return [this.score, this.last];
  }

  /** Logits of all tokens, (B, T, L). */
  protected override wireHead<V extends Value>(states: V): Record<string, V> {
    return { logits: apply(this.score, states) };
  }

  protected override shaped(
    { logits }: Record<string, Tensor>,
    _inputs: CausalClassificationInputs,
    read: BodyInputs<Tensor>,
  ): Record<string, Tensor> {
    const [batch, length] = logits!.shape as [number, number];
    const mask = this.tokensOf(read) ?? ones([batch, length], 'int32');
    return { logits: apply(this.last, [logits!, mask]) };
  }

  /** (B, T), not 0 at what is no padding. */
  private tokensOf({ inputIds, attentionMask }: BodyInputs<Tensor>): Tensor | undefined {
    const { padTokenId } = this.config;
    if (!inputIds || padTokenId === null) return attentionMask;
    return notEqual(inputIds, scalar(padTokenId, 'int32'));
  }

  protected override lossOf(
    { labels }: CausalClassificationInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing }: DecoderForwardOptions,
  ): Scalar | undefined {
    return classificationLoss(logits!, labels, { problemType: this.config.problemType, labelSmoothing });
  }

  /** inputIds and attentionMask, (B, T) each → logits (B, L). */
  override toLayersModel(): LayersModel {
    const { inputs, outputs } = super.toLayersModel();
    const logits = apply<SymbolicTensor>(this.last, [outputs[0]!, inputs[1]!]);
    return layersModel({ inputs, outputs: logits });
  }
}
