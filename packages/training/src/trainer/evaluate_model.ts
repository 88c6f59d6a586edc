import { tidy } from '@tensorflow/tfjs-core';
import type { Batches } from '../data/batches.js';
import type { Evaluation } from './callback.js';
import { Losses } from './losses.js';
import { batchLoss, type TrainableModel } from './model.js';
import { nextTask } from './next_task.js';

/** The mean loss over all target tokens; undefined if the signal stopped it. */
export async function evaluateModel(
  model: TrainableModel,
  batches: Batches,
  signal?: AbortSignal,
): Promise<Evaluation | undefined> {
  const started = performance.now();
  const losses = new Losses();
  const weights: number[] = [];
  try {
    for (const batch of batches.inOrder()) {
      losses.push(tidy(() => batchLoss(model, batch, { training: false })));
      weights.push(batch.targetTokens);
      await nextTask();
      if (signal?.aborted) return undefined;
    }
    const tokens = weights.reduce((sum, weight) => sum + weight, 0);
    const values = await losses.read();
    const loss = values.reduce((sum, value, index) => sum + value * weights[index]!, 0) / tokens;
    const evaluationSeconds = (performance.now() - started) / 1000;
    return { loss, perplexity: Math.exp(loss), tokens, evaluationSeconds };
  } finally {
    losses.dispose();
  }
}
