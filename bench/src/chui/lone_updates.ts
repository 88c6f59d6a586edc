import { adamW, jit } from '@chui/runtime';
import { type Batch, type BatchArray, linearSchedule } from '@chui/training';
import { dispose, type Scalar, stack, tensor, tidy, variableGrads } from '@tensorflow/tfjs-core';
import type { TextBatch, TextClassifier } from './text_classifier.js';

export interface LoneUpdatesOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** Updates after which losses are read back. */
  readonly readEvery: number;
}

/** The updates that `Trainer` makes and nothing besides: a function that makes those of some batches and gives their mean loss. */
export function loneUpdates(model: TextClassifier, options: LoneUpdatesOptions) {
  const { learningRate, weightDecay, maxGradNorm: clipNorm, readEvery } = options;
  const schedule = linearSchedule(options);
  const variables = model.trainableVariables();
  const small = new Set(variables.filter(({ rank }) => rank <= 1).map(({ name }) => name));
  const excludeFromWeightDecay = (name: string) => small.has(name);
  const optimizer = adamW({ learningRate, weightDecay, clipNorm, excludeFromWeightDecay });
  const gradients = jit((inputs: TextBatch) =>
    variableGrads(() => model.forward(inputs, { training: true }).loss!, variables),
  );
  const update = (inputs: TextBatch): Scalar => {
    const { value, grads } = gradients(inputs);
    optimizer.applyGradients(grads);
    return value;
  };
  let step = 0;
  return async (batches: readonly Batch[]): Promise<number> => {
    let sum = 0;
    let pending: Scalar[] = [];
    for (const [index, { parts }] of batches.entries()) {
      optimizer.setLearningRate(learningRate * schedule(step++));
      const { inputIds, attentionMask, labels } = parts[0]!.inputs as Record<keyof TextBatch, BatchArray>;
      pending.push(
        tidy(() =>
          update({
            inputIds: onBackend(inputIds),
            attentionMask: onBackend(attentionMask),
            labels: onBackend(labels),
          }),
        ),
      );
      if ((index + 1) % readEvery !== 0) continue;
      const losses = tidy(() => stack(pending));
      dispose(pending);
      pending = [];
      for (const loss of await losses.data()) sum += loss;
      losses.dispose();
    }
    return sum / batches.length;
  };
}

const onBackend = ({ values, shape }: BatchArray) => tensor(values, [...shape], 'int32');
