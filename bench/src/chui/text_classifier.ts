import { crossEntropy } from '@chui/layers';
import type { TrainableModel, TrainableOutput } from '@chui/training';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { EncoderSizes } from '../works.js';
import { Classifier } from './classifier.js';

/** A batch of padded texts. */
export interface TextBatch {
  /** (B, T) */
  readonly inputIds: Tensor;
  /** (B, T), 1 where there is a token. */
  readonly attentionMask: Tensor;
  /** (B) */
  readonly labels: Tensor;
}

/** The encoder with two classes, as `Trainer` takes a model. */
export class TextClassifier implements TrainableModel {
  private readonly classifier: Classifier;

  constructor(sizes: EncoderSizes) {
    this.classifier = new Classifier(sizes);
  }

  forward(
    { inputIds, attentionMask, labels }: TextBatch,
    { training }: { training: boolean },
  ): Required<Pick<TrainableOutput, 'loss' | 'logits'>> {
    const logits = this.classifier.logits(inputIds, { training, mask: attentionMask });
    return { logits, loss: crossEntropy(logits, labels) };
  }

  trainableVariables(): Variable[] {
    return [...this.classifier.variables];
  }
}
