import type { Evaluation } from './callback.js';

/** The number by which evaluations are compared; undefined if this one has no such metric. */
export function scoreOf({ loss, metrics }: Evaluation, metric: string): number | undefined {
  return metric === 'loss' ? loss : metrics[metric];
}

/**
 * The number by which an evaluation is compared.
 *
 * @throws Error naming the step if it or the loss is not finite; RangeError naming the metrics there are if it is not one.
 */
export function checkedScore(evaluation: Evaluation, metric: string, step: number): number {
  const { loss, metrics } = evaluation;
  if (!Number.isFinite(loss)) {
    throw new Error(`evaluation loss must be finite, but is ${loss} at step ${step}`);
  }
  const score = scoreOf(evaluation, metric);
  if (score === undefined) {
    const known = ['loss', ...Object.keys(metrics)].join(', ');
    throw new RangeError(`metricForBestModel must be one of ${known}, but is ${metric}`);
  }
  if (!Number.isFinite(score)) {
    throw new Error(`metric ${metric} must be finite, but is ${score} at step ${step}`);
  }
  return score;
}
