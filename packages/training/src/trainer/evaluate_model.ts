import type { Batches } from '../data/batches.js';
import type { Evaluation } from './callback.js';
import type { LossStep } from './compiled_steps.js';
import { Losses } from './losses.js';
import { nextTask } from './next_task.js';

/** The mean loss over all target tokens; undefined if the signal stopped it. */
export async function evaluateModel(
  step: LossStep,
  batches: Batches,
  signal?: AbortSignal,
): Promise<Evaluation | undefined> {
  const started = performance.now();
  const losses = new Losses();
  const weights: number[] = [];
  try {
    for (const batch of batches.inOrder()) {
      losses.push(step.run(batch));
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
