import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveFiles } from '@chui/hub';
import { GPT2LMHeadModel } from '@chui/models';
import { useBackend } from '@chui/runtime';
import { characterTokenizer } from '@chui/tokenizer';
import {
  type CausalWindow,
  dataCollatorForCausalWindows,
  encodeText,
  randomWindows,
  StreamBatches,
} from '@chui/training';
import type { LanguageModelTraining } from './options.js';

/** Share of the text that is learned. */
const LEARNED = 0.9;

/** What `Trainer` and the peer both take. */
export const trainingOf = (options: LanguageModelTraining) => {
  const { learningRate, minLearningRate, warmupSteps, beta2, weightDecay } = options;
  return { learningRate, minLearningRate, warmupSteps, beta2, weightDecay, maxGradNorm: 1 };
};

/** The configuration of the model, GPT-2 without dropout. */
const configOf = ({ layers, heads, width, context }: LanguageModelTraining, vocabSize: number) => ({
  ...{ vocabSize, nLayer: layers, nHead: heads, nEmbd: width, nPositions: context },
  ...{ residPdrop: 0, embdPdrop: 0, attnPdrop: 0, bosTokenId: null, eosTokenId: null },
});

/** The model that training begins with. */
export const newModel = (options: LanguageModelTraining, vocabSize: number, seed: number): GPT2LMHeadModel =>
  GPT2LMHeadModel.fromConfig(configOf(options, vocabSize), { seed });

/** The windows of all updates, as a stream that begins anew with each call. */
export const windowsOf =
  (ids: Int32Array, { context }: LanguageModelTraining, seed: number) =>
  () =>
    randomWindows(ids, { length: context, seed });

/** The text's characters as ids: what is learned, and what is scored. */
export async function readIds({ text: path }: LanguageModelTraining) {
  const text = await readFile(path, 'utf8');
  const tokenizer = characterTokenizer([text]);
  const ids = encodeText(text, tokenizer);
  const cut = Math.floor(LEARNED * ids.length);
  return { vocabSize: tokenizer.vocabSize, train: ids.subarray(0, cut), eval: ids.subarray(cut) };
}

/**
 * Writes what both sides get: `plan.json`, as the peer documents it, with the ids, where the windows of each update begin, and the
 * weights to begin with. The plan is written last.
 */
export async function prepare(
  options: LanguageModelTraining,
  seed: number,
  directory: string,
): Promise<void> {
  const { batchSize, steps, context, threads } = options;
  await useBackend('native', { threads });
  const { vocabSize, train, eval: scored } = await readIds(options);
  await mkdir(directory, { recursive: true });
  const write = (name: string, ids: Int32Array) =>
    writeFile(join(directory, name), new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  await write('train.ids', train);
  await write('eval.ids', scored);
  await write('starts.ids', await startsOf(train, options, seed));
  const model = newModel(options, vocabSize, seed);
  await saveFiles(directory, await model.toFiles());
  const plan = {
    ...{ model: '.', train: 'train.ids', eval: 'eval.ids', starts: 'starts.ids' },
    ...{ batchSize, steps, context, seed, threads },
    ...trainingOf(options),
  };
  await writeFile(join(directory, 'plan.json'), JSON.stringify(plan));
}

/** Where the windows of each update begin, (steps · batchSize), as `Trainer` takes them. */
async function startsOf(ids: Int32Array, options: LanguageModelTraining, seed: number): Promise<Int32Array> {
  const { batchSize, steps } = options;
  const windows = windowsOf(ids, options, seed);
  const collator = dataCollatorForCausalWindows();
  const batches = new StreamBatches<CausalWindow>(windows, { collator, batchSize, seed });
  const places: number[] = [];
  for await (const { indices } of batches.epoch(0)) {
    places.push(...indices);
    if (places.length === steps * batchSize) break;
  }
  const last = places.reduce((most, place) => Math.max(most, place), 0);
  const starts: number[] = [];
  for (const { inputIds } of windows()) {
    starts.push((inputIds.byteOffset - ids.byteOffset) / Int32Array.BYTES_PER_ELEMENT);
    if (starts.length > last) break;
  }
  return Int32Array.from(places, (place) => starts[place]!);
}
