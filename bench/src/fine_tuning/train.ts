import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuestionAnsweringOutput } from '@chui/models';
import { setSeed, useBackend } from '@chui/runtime';
import { readJsonl, type TrainableModel, Trainer } from '@chui/training';
import { stack } from '@tensorflow/tfjs-core';
import { all } from './data/rows.js';
import type { EncodedExample } from './encode.js';
import { collatorOf, openModel } from './open_model.js';
import type { FineTuning, Place } from './options.js';
import { EVAL_BATCH_SIZE, LENGTH_MULTIPLE, trainingOf } from './prepare.js';
import type { FineTuned } from './score.js';

/** Trains and predicts as the plan in a directory says, and writes what came of it, a `FineTuned`, to a file. */
export async function train(
  options: FineTuning,
  { seed }: Place,
  directory: string,
  out: string,
): Promise<void> {
  const { task, threads, epochs, batchSize } = options;
  await useBackend('native', { threads });
  const { config } = JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8'));
  const examples = (name: string) => all<EncodedExample>(readJsonl(join(directory, name)));
  const [trainDataset, tested] = [await examples('train.jsonl'), await examples('eval.jsonl')];
  const model = await openModel(options, config, seed);
  const losses: number[] = [];
  setSeed(seed);
  const trainer = new Trainer<EncodedExample>({
    model: model as unknown as TrainableModel,
    args: {
      ...{ ...trainingOf(options), excludeFromWeightDecay: true, epochs, batchSize, seed, logSteps: 1 },
      ...{ evalBatchSize: EVAL_BATCH_SIZE, lengthMultiple: LENGTH_MULTIPLE },
    },
    dataCollator: collatorOf(task, model),
    trainDataset,
    ...(task === 'question-answering' && { predictionsOf: bothLogits as never }),
    callbacks: [
      {
        onStep: ({ loss }) => {
          losses.push(loss);
        },
        onEpochEnd: ({ epoch, step, seconds }) => {
          const each = losses.slice(-Math.floor(step / epoch));
          const mean = each.reduce((sum, loss) => sum + loss, 0) / each.length;
          console.error(
            `epoch ${epoch}/${epochs}: mean loss ${mean.toFixed(4)}, ${seconds.toFixed(1)} s in all`,
          );
        },
      },
    ],
  });
  const begin = performance.now();
  await trainer.train();
  const trainSeconds = (performance.now() - begin) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const { predictions } = await trainer.predict(tested);
  const said = saidOf(options, predictions, tested);
  await writeFile(out, JSON.stringify({ losses, trainSeconds, peakBytes, ...said } satisfies FineTuned));
}

/** (B, 2, T). */
const bothLogits = ({ startLogits, endLogits }: QuestionAnsweringOutput) =>
  stack([startLogits, endLogits], 1);

/** What of predictions is written: no padding, and of logits but the best, or of answers all, rounded. */
function saidOf({ task }: FineTuning, predictions: readonly unknown[], examples: readonly EncodedExample[]) {
  const lengthOf = (index: number) => (examples[index]!.inputIds as readonly number[]).length;
  if (task === 'question-answering') {
    const logitsOf = (which: number) =>
      (predictions as readonly (readonly number[])[][]).map((both, index) =>
        both[which]!.slice(0, lengthOf(index)).map((logit) => Number(logit.toFixed(6))),
      );
    return { startLogits: logitsOf(0), endLogits: logitsOf(1) };
  }
  if (task === 'token-classification') {
    const rows = predictions as readonly (readonly number[])[][];
    return { predictions: rows.map((tokens, index) => tokens.slice(0, lengthOf(index)).map(bestOf)) };
  }
  return { predictions: (predictions as readonly (readonly number[])[]).map(bestOf) };
}

function bestOf(logits: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
