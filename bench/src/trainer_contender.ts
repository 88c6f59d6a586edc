import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativeBinding, setSeed, useBackend } from '@chui/runtime';
import { JsonlLog, ProgressBar, Trainer } from '@chui/training';
import { loneUpdates } from './chui/lone_updates.js';
import { Pace } from './chui/pace.js';
import { TextClassifier } from './chui/text_classifier.js';
import { serve } from './serve.js';
import { type TrainerArguments, updatesOf } from './trainer.js';
import { batchesOf, exampleStream } from './trainer_data.js';

const argument = JSON.parse(process.argv[2]!) as TrainerArguments;
const { data, sizes, epochs, threads, alone } = argument;
const { batchSize, lengthMultiple, seed } = data;
const { warmupSteps, logSteps, ...optimizer } = argument.training;
await useBackend('native', { threads });
setSeed(seed);
const model = new TextClassifier(sizes);
const parameters = model.trainableVariables().reduce((sum, { size }) => sum + size, 0);
const totalSteps = epochs * updatesOf(data);
const named = { parameters, examples: data.texts };

/** All batches are there before the first update. */
async function serveAlone(): Promise<void> {
  const batches = await batchesOf(data, epochs);
  const updates = loneUpdates(model, { ...optimizer, warmupSteps, totalSteps, readEvery: logSteps });
  let epoch = 0;
  setSeed(seed); // as Trainer does when it begins
  await serve({ name: "chui's compiled updates alone", ...named, run: () => updates(batches[epoch++]!) });
}

/** The whole loop of `Trainer`, which reads and encodes the texts in each epoch. */
async function serveTrainer(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'chui-bench-'));
  const pace = new Pace(updatesOf(data));
  const trainer = new Trainer({
    model,
    args: {
      ...optimizer,
      ...{ maxSteps: totalSteps, warmupSteps, logSteps, batchSize, lengthMultiple, seed },
      excludeFromWeightDecay: true,
    },
    trainDataset: exampleStream(data),
    callbacks: [new JsonlLog(join(directory, 'log.jsonl')), new ProgressBar(), pace],
  });
  let training: Promise<unknown> | undefined;
  const run = () => {
    const next = pace.next();
    training ??= trainer.train();
    // A training that fails before the epoch's end fails the step.
    return Promise.race([next, training.then(() => next)]);
  };
  try {
    const name = `chui's Trainer on TensorFlow ${nativeBinding()!.TF_Version}`;
    await serve({ name, ...named, run });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

await (alone ? serveAlone() : serveTrainer());
