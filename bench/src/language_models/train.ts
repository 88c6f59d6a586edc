import { writeFile } from 'node:fs/promises';
import { useBackend } from '@chui/runtime';
import {
  type CausalWindow,
  causalWindows,
  dataCollatorForCausalWindows,
  LanguageModeling,
  Trainer,
} from '@chui/training';
import type { LanguageModelTraining, TrainedLanguageModel } from './options.js';
import { newModel, readIds, trainingOf, windowsOf } from './prepare.js';

/** Trains as the plan says, and writes what came of it, a `TrainedLanguageModel`, to a file. */
export async function train(options: LanguageModelTraining, seed: number, out: string): Promise<void> {
  const { batchSize, steps, context, threads } = options;
  await useBackend('native', { threads });
  const { vocabSize, train: ids, eval: scored } = await readIds(options);
  const model = newModel(options, vocabSize, seed);
  const losses: number[] = [];
  const trainer = new Trainer<CausalWindow>({
    model: new LanguageModeling(model),
    args: {
      ...{ ...trainingOf(options), schedule: 'cosine', excludeFromWeightDecay: true },
      ...{ maxSteps: steps, batchSize, seed, logSteps: 1 },
    },
    dataCollator: dataCollatorForCausalWindows(),
    trainDataset: windowsOf(ids, options, seed),
    callbacks: [
      {
        onStep({ step, loss, seconds }) {
          losses.push(loss);
          if (step % 500 === 0)
            console.error(`step ${step}: loss ${loss.toFixed(4)}, ${seconds.toFixed(1)} s`);
        },
      },
    ],
  });
  const begin = performance.now();
  await trainer.train();
  const trainSeconds = (performance.now() - begin) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const { loss, evaluationSeconds } = await trainer.evaluate(causalWindows(scored, { length: context }));
  const result = { losses, evalLoss: loss, trainSeconds, evalSeconds: evaluationSeconds, peakBytes };
  const parameters = model.countParameters();
  await writeFile(out, JSON.stringify({ ...result, parameters } satisfies TrainedLanguageModel));
}
