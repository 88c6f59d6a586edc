import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { classificationLoss } from '../../family/classification_loss.js';
import type { Labels } from '../../family/labels.js';
import { ChainModel } from '../chain_model.js';
import type { EncoderConfig } from '../config.js';
import type { EncoderForwardOptions, EncoderInputs, EncoderOutput } from '../encoder_model.js';
import type { Chain } from '../family.js';

export interface SequenceClassificationInputs extends EncoderInputs {
  /**
   * (B), or (B, 1), classes of a single-label classification; (B, L) numbers from 0 to 1 of a multi-label one, 1 for each that holds;
   * (B) or (B, L) numbers of a regression.
   */
  labels?: Labels | undefined;
}

export interface SequenceClassificationOutput extends EncoderOutput {
  /** (B, L) for L classes; of a regression, the numbers. */
  logits: Tensor2D;
}

/**
 * An encoder that classifies whole texts, or pairs of them, or gives each a number. The loss is cross-entropy, binary
 * cross-entropy with several labels, or the mean squared error of a regression, as config.problemType says; without it a
 * regression if there is one label, else as the labels say: whole numbers (B) or (B, 1), or (B, L).
 */
export abstract class SequenceClassification<C extends EncoderConfig = EncoderConfig> extends ChainModel<
  C,
  SequenceClassificationInputs,
  SequenceClassificationOutput
> {
  protected override readonly labelNames = ['labels'];

  protected override makeChain(): Chain {
    return this.family.sequenceHead(this.config, this.numLabels);
  }

  protected override lossOf(
    { labels }: SequenceClassificationInputs,
    { logits }: Record<string, Tensor>,
    { labelSmoothing }: EncoderForwardOptions,
  ): Scalar | undefined {
    return classificationLoss(logits!, labels, { problemType: this.config.problemType, labelSmoothing });
  }
}
