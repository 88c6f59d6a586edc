import { type Scalar, type Tensor2D, tensor2d, type Variable } from '@tensorflow/tfjs-core';
import type { Batch } from '../data/batches.js';

/** A batch on the backend. */
export interface BatchTensors {
  /** (B, S). */
  inputIds: Tensor2D;
  /** (B, S). */
  attentionMask: Tensor2D;
  /** (B, T). */
  decoderInputIds: Tensor2D;
  /** (B, T). */
  labels: Tensor2D;
}

/** What `Trainer` needs of a model; the encoder-decoders of @chui/models have it. */
export interface TrainableModel {
  readonly config: { readonly padTokenId: number; readonly decoderStartTokenId: number };
  /** The loss is the mean over the labels that are not −100. */
  forward(inputs: BatchTensors, options: { training: boolean; labelSmoothing?: number }): { loss?: Scalar };
  trainableVariables(): Variable[];
}

/** The batch on the backend; use it inside `tidy`. */
export function batchTensors(batch: Batch): BatchTensors {
  const source: [number, number] = [batch.size, batch.sourceLength];
  const target: [number, number] = [batch.size, batch.targetLength];
  return {
    inputIds: tensor2d(batch.inputIds, source, 'int32'), // (B, S)
    attentionMask: tensor2d(batch.attentionMask, source, 'int32'), // (B, S)
    decoderInputIds: tensor2d(batch.decoderInputIds, target, 'int32'), // (B, T)
    labels: tensor2d(batch.labels, target, 'int32'), // (B, T)
  };
}

/** The model's loss on a batch; use it inside `tidy`. */
export function batchLoss(
  model: TrainableModel,
  inputs: BatchTensors,
  options: { training: boolean; labelSmoothing?: number },
): Scalar {
  const { loss } = model.forward(inputs, options);
  if (!loss) throw new Error('model must return a loss for labels, but does not');
  return loss;
}
