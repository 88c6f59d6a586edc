import { binaryCrossEntropy, crossEntropy, meanSquaredError } from '@chui/layers';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { ProblemType } from './config.js';
import { isGiven } from './inputs.js';
import { classLabels, type Labels, labelShape, numberLabels } from './labels.js';

export interface ClassificationLossOptions {
  /** By default a regression if there is one class, else as the labels say: whole numbers (B) or (B, 1), or (B, L). */
  problemType?: ProblemType | null | undefined;
  /** Of cross-entropy. Default 0. */
  labelSmoothing?: number | undefined;
}

/**
 * The loss of classifying whole texts: cross-entropy, binary cross-entropy with several labels, or the mean squared error of a
 * regression.
 *
 * @param logits (B, L)
 * @param labels without them there is no loss
 * @throws RangeError naming the labels, the rule and the value.
 */
export function classificationLoss(
  logits: Tensor,
  labels: Labels | null | undefined,
  { problemType, labelSmoothing = 0 }: ClassificationLossOptions,
): Scalar | undefined {
  if (!isGiven(labels)) return undefined;
  const [batch, classes] = logits.shape as [number, number];
  switch (problemType ?? problemOf(labels, classes)) {
    case 'regression':
      return meanSquaredError(logits, numberLabels('labels', labels, [batch, classes]));
    case 'multi_label_classification':
      return binaryCrossEntropy(logits, numberLabels('labels', labels, [batch, classes]));
    default:
      return crossEntropy(logits, classLabels('labels', labels, [batch], { classes }), { labelSmoothing });
  }
}

function problemOf(labels: Labels, classes: number): ProblemType {
  if (classes === 1) return 'regression';
  const [, columns = 1] = labelShape('labels', labels);
  return columns > 1 ? 'multi_label_classification' : 'single_label_classification';
}
