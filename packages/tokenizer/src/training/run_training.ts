import type { TrainingOptions, TrainingProgress } from './training_options.js';

/** Milliseconds after which a training lets others go on. */
const longestTurn = 50;

/** Goes through the steps of a training; between them it tells of progress, and lets the page or server live. */
export async function runTraining<Result>(
  steps: Generator<TrainingProgress, Result>,
  { onProgress }: TrainingOptions,
): Promise<Result> {
  let began = Date.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    onProgress?.(step.value);
    if (Date.now() - began < longestTurn) continue;
    await new Promise((resolve) => setTimeout(resolve));
    began = Date.now();
  }
}
