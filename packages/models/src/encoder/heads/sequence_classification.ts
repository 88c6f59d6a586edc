import { binaryCrossEntropy, crossEntropy, meanSquaredError } from '@chui/layers';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ProblemType } from '../../family/config.js';
import { isGiven } from '../../family/inputs.js';
import { classLabels, type Labels, labelShape, numberLabels } from '../../family/labels.js';
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
    results: Record<string, Tensor>,
    { labelSmoothing = 0 }: EncoderForwardOptions,
  ): Scalar | undefined {
    if (!isGiven(labels)) return undefined;
    const logits = results.logits!;
    const [batch, classes] = logits.shape as [number, number];
    switch (this.config.problemType ?? problemOf(labels, classes)) {
      case 'regression':
        return meanSquaredError(logits, numberLabels('labels', labels, [batch, classes]));
      case 'multi_label_classification':
        return binaryCrossEntropy(logits, numberLabels('labels', labels, [batch, classes]));
      default:
        return crossEntropy(logits, classLabels('labels', labels, [batch], { classes }), { labelSmoothing });
    }
  }
}

function problemOf(labels: Labels, classes: number): ProblemType {
  if (classes === 1) return 'regression';
  const [, columns = 1] = labelShape('labels', labels);
  return columns > 1 ? 'multi_label_classification' : 'single_label_classification';
}
