import { nextTask } from '@chui/runtime';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { BatchLoader } from '../data/batch.js';
import type { Evaluation } from './callback.js';
import type { EvalStep } from './eval_step.js';
import { areTokenLabels, type Predictions, RowCollector } from './predictions.js';
import { untilAborted } from './until_aborted.js';

/** Makes metrics of predictions, by names. */
export type ComputeMetrics = (
  predictions: Predictions,
) => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;

/** Batches whose results wait to be read. */
const READ_AT_ONCE = 16;

/** An evaluation with what the model said. */
export interface PredictedEvaluation extends Evaluation, Predictions {}

/**
 * The mean loss over all labels that count, and the metrics; undefined if the signal stopped it. The loss is NaN where
 * there are no labels.
 */
export async function evaluateModel(
  step: EvalStep,
  loader: BatchLoader,
  {
    computeMetrics,
    signal,
  }: { computeMetrics?: ComputeMetrics | undefined; signal?: AbortSignal | undefined },
): Promise<PredictedEvaluation | undefined> {
  const started = performance.now();
  const [predictions, labels] = [new RowCollector(), new RowCollector()];
  let [lossSum, items, tokenLabels, hasLoss] = [0, 0, false, false];
  let pending: {
    loss: Tensor | undefined;
    predicted: Tensor | undefined;
    items: number;
    indices: Int32Array;
  }[] = [];
  const read = async () => {
    for (const { loss, predicted, items, indices } of pending) {
      if (loss) lossSum += (await loss.data())[0]! * items;
      if (predicted) predictions.add({ shape: predicted.shape, values: await predicted.data() }, indices);
    }
    dispose(pending.map(({ loss, predicted }) => [loss, predicted]) as never);
    pending = [];
  };
  try {
    for await (const { parts, indices } of untilAborted(loader.inOrder(), signal)) {
      let from = 0;
      for (const part of parts) {
        const { loss, predictions: predicted } = step.run(part);
        const size = Object.values(part.inputs)[0]!.shape[0]!;
        const places = indices.subarray(from, from + size);
        from += size;
        pending.push({ loss, predicted, items: part.items, indices: places });
        items += part.items;
        hasLoss ||= loss !== undefined;
        tokenLabels ||= areTokenLabels(part.inputs.labels);
        if (predicted && part.inputs.labels) labels.add(part.inputs.labels, places);
      }
      if (pending.length >= READ_AT_ONCE) await read();
      await nextTask();
    }
    if (signal?.aborted) return undefined;
    await read();
    if (hasLoss && items === 0)
      throw new RangeError('a data set must have a label that counts, but all are -100');
    const loss = hasLoss ? lossSum / items : Number.NaN;
    const predicted = { predictions: predictions.rows, labels: labels.rows };
    const metrics = {
      ...(tokenLabels && hasLoss && { perplexity: Math.exp(loss) }),
      ...(await computeMetrics?.(predicted)),
    };
    const evaluationSeconds = (performance.now() - started) / 1000;
    return { loss, metrics, items, evaluationSeconds, ...predicted };
  } finally {
    dispose(pending.map(({ loss, predicted }) => [loss, predicted]) as never);
  }
}
