import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SavedTensor, writeSafetensors } from '@chui/hub';
import { useBackend } from '@chui/runtime';
import { Tokenizer } from '@chui/tokenizer';
import { Batches } from '@chui/training';
import { tidy, transpose } from '@tensorflow/tfjs-core';
import { type EncodedExample, encodeTask } from './encode.js';
import { collatorOf, openModel } from './open_model.js';
import type { FineTuning, Place } from './options.js';

/** Batches are padded to their longest example, rounded up to a multiple of this. */
export const LENGTH_MULTIPLE = 8;
export const EVAL_BATCH_SIZE = 32;
/** What `Trainer` and the peer both take. */
export const trainingOf = ({ learningRate }: FineTuning) => ({
  ...{ learningRate, warmupRatio: 0.1, weightDecay: 0.01, maxGradNorm: 1 },
});

/**
 * Writes what both sides get: `plan.json`, as the peer documents it, with its examples, the batches of every epoch and the weights
 * that the model's directory lacks; and what is right in `gold.json`. The plan is written last.
 */
export async function prepare(options: FineTuning, { seed, fold }: Place, directory: string): Promise<void> {
  const { task, threads, epochs, batchSize, maxLength, fromScratch } = options;
  await useBackend('native', { threads });
  const tokenizer = await Tokenizer.fromPretrained(options.model);
  const data = await encodeTask({ ...options, fold }, tokenizer);
  const names = data.labels ?? [];
  const id2label = Object.fromEntries(names.map((label, id) => [id, label]));
  const label2id = Object.fromEntries(names.map((label, id) => [label, id]));
  const config = data.labels ? { id2label, label2id } : {};
  const model = await openModel(options, config, seed);
  if (maxLength > model.maxTokens) {
    throw new RangeError(
      `max-length must be at most ${model.maxTokens}, for which there are positions, but is ${maxLength}`,
    );
  }
  const collator = collatorOf(task, model);
  const lengthMultiple = LENGTH_MULTIPLE;
  const batches = new Batches(data.train, { collator, batchSize, lengthMultiple, seed });
  const order = Array.from({ length: epochs }, (_, epoch) =>
    Array.from(batches.epoch(epoch), ({ indices }) => [...indices]),
  );
  const plan = {
    ...{ task, model: options.model, fromScratch, head: 'head.safetensors', config },
    ...{ train: 'train.jsonl', eval: 'eval.jsonl', epochs: order },
    ...{ lengthMultiple, evalBatchSize: EVAL_BATCH_SIZE, seed, threads },
    ...trainingOf(options),
  };
  const write = (name: string, data: string | Uint8Array) => writeFile(join(directory, name), data);
  await write('head.safetensors', writeSafetensors(await newTensors(model, fromScratch), { format: 'pt' }));
  await write('train.jsonl', jsonl(data.train));
  await write('eval.jsonl', jsonl(data.eval));
  await write('gold.json', JSON.stringify({ gold: data.gold, facts: data.facts }));
  await write('plan.json', JSON.stringify(plan));
}

/** What was drawn, as a checkpoint has it. */
async function newTensors(
  model: Awaited<ReturnType<typeof openModel>>,
  fromScratch: boolean,
): Promise<[string, SavedTensor][]> {
  const drawn = new Set(model.newParameters);
  const tensors: [string, SavedTensor][] = [];
  for (const { name, variable, transposed } of model.parameters()) {
    if (!fromScratch && !drawn.has(name)) continue;
    const value = tidy(() => (transposed ? transpose(variable) : variable.clone()));
    const data = Float32Array.from(await value.data<'float32'>());
    tensors.push([name, { dtype: 'F32', shape: value.shape, data }]);
    value.dispose();
  }
  return tensors;
}

/** Numbers of a typed array as a list, which JSON would write as an object. */
const plain = (_: string, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as never) : value);

const jsonl = (examples: readonly EncodedExample[]) =>
  examples.map((each) => `${JSON.stringify(each, plain)}\n`).join('');
