import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SavedTensor, writeSafetensors } from '@chui/hub';
import { AutoModelForSequenceClassification, AutoModelForTokenClassification } from '@chui/models';
import { setSeed, useBackend } from '@chui/runtime';
import {
  Batches,
  type DataCollator,
  dataCollatorForTokenClassification,
  dataCollatorWithPadding,
  Trainer,
} from '@chui/training';
import { tidy, transpose } from '@tensorflow/tfjs-core';
import { type EncodedExample, type FineTuning, readTask } from './task_data.js';

/** What either side tells of a training. */
export interface FineTuned {
  readonly losses: readonly number[];
  readonly trainSeconds: number;
  readonly peakBytes: number;
  /** Classes of each example of eval, or of each of its tokens. */
  readonly predictions: readonly (number | readonly number[])[];
}

/** Trains as the options say, after writing down the same for the peer: a plan, its data and the head's first weights. */
const options = JSON.parse(process.argv[2]!) as FineTuning;
const directory = process.argv[3]!;
const { task, seed, threads, epochs, batchSize, learningRate } = options;
await useBackend('native', { threads });
const data = await readTask(options);
const tags = task === 'token-classification';
const auto = tags ? AutoModelForTokenClassification : AutoModelForSequenceClassification;
const id2label = Object.fromEntries(data.labels.map((label, id) => [id, label]));
const model = await auto.fromPretrained(options.model, { config: { id2label }, seed });
const collator = (
  tags ? dataCollatorForTokenClassification() : dataCollatorWithPadding()
) as DataCollator<EncodedExample>;
const lengthMultiple = 8;
const batches = new Batches(data.train, { collator, batchSize, lengthMultiple, seed });
const order = Array.from({ length: epochs }, (_, epoch) =>
  Array.from(batches.epoch(epoch), ({ indices }) => [...indices]),
);

const head: [string, SavedTensor][] = [];
for (const { name, variable, transposed } of model.parameters()) {
  if (!model.newParameters.includes(name)) continue;
  const value = tidy(() => (transposed ? transpose(variable) : variable.clone()));
  head.push([
    name,
    { dtype: 'F32', shape: value.shape, data: Float32Array.from(await value.data<'float32'>()) },
  ]);
  value.dispose();
}
const jsonl = (examples: readonly EncodedExample[]) =>
  examples.map((each) => `${JSON.stringify(each)}\n`).join('');
const training = { learningRate, warmupRatio: 0.1, weightDecay: 0.01, maxGradNorm: 1 };
const { labels } = data;
const config = { id2label, label2id: Object.fromEntries(labels.map((label, id) => [label, id])) };
const plan = {
  ...{ task, model: options.model, head: 'head.safetensors', config },
  ...{ train: 'train.jsonl', eval: 'eval.jsonl', epochs: order, lengthMultiple, seed, threads },
  ...training,
};
await Promise.all([
  writeFile(join(directory, 'head.safetensors'), writeSafetensors(head, { format: 'pt' })),
  writeFile(join(directory, 'train.jsonl'), jsonl(data.train)),
  writeFile(join(directory, 'eval.jsonl'), jsonl(data.eval)),
  writeFile(join(directory, 'plan.json'), JSON.stringify(plan)),
]);

const losses: number[] = [];
setSeed(seed);
const trainer = new Trainer<EncodedExample>({
  model,
  args: { ...training, excludeFromWeightDecay: true, epochs, batchSize, lengthMultiple, seed, logSteps: 1 },
  dataCollator: collator,
  trainDataset: data.train,
  callbacks: [
    {
      onStep: ({ loss }) => {
        losses.push(loss);
      },
    },
  ],
});
const begin = performance.now();
await trainer.train();
const trainSeconds = (performance.now() - begin) / 1000;
const predictions = (await trainer.predict(data.eval)).predictions.map((each, index) =>
  tags ? perToken(each, data.eval[index]!.inputIds.length) : bestOf(each as readonly number[]),
);
const peakBytes = process.resourceUsage().maxRSS * 1024;
await writeFile(
  join(directory, 'chui.json'),
  JSON.stringify({ losses, trainSeconds, peakBytes, predictions } satisfies FineTuned),
);
await writeFile(join(directory, 'labels.json'), JSON.stringify(data.labels));

function perToken(rows: unknown, length: number): number[] {
  return (rows as readonly (readonly number[])[]).slice(0, length).map(bestOf);
}

function bestOf(logits: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
