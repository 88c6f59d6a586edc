import { type Scalar, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { CollatedBatch } from '../data/batch.js';
import { compile } from './compile.js';
import { type BatchTensors, batchTensors, type TrainableModel, type TrainableOutput } from './model.js';

/** Makes of a model's output what is read back as predictions, (B, …). */
export type PredictionsOf = (output: TrainableOutput) => Tensor;

/** A model's loss and predictions without training; compiled where the backend can. */
export class EvalStep {
  private readonly forward;

  constructor(
    model: TrainableModel,
    predictionsOf: PredictionsOf | undefined,
    precision: 'float32' | 'bfloat16' = 'float32',
  ) {
    this.forward = compile(
      (inputs: BatchTensors) => {
        const output = model.forward(inputs, { training: false });
        return { loss: output.loss, predictions: predictionsOf?.(output) };
      },
      { precision, check: model.mayDrawInJavaScript },
    );
  }

  /** The loss where there are labels, the predictions where they were asked for; the tensors are the caller's. */
  run(batch: CollatedBatch): { loss: Scalar | undefined; predictions: Tensor | undefined } {
    return tidy(() => this.forward(batchTensors(batch)));
  }

  dispose(): void {
    this.forward.dispose();
  }
}

/** The logits, which every head has. */
export function logitsOf({ logits }: TrainableOutput): Tensor {
  if (!logits) throw new Error('predictionsOf must be given for a model whose output has no logits');
  return logits;
}
