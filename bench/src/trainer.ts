import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchResult, Entrant } from './bench.js';
import { hasModules } from './peers.js';
import { batchesOf, readTexts, type TrainerData } from './trainer_data.js';
import type { EncoderSizes } from './works.js';

/** What is trained by whom, as contenders get it as JSON. */
export interface TrainerArguments {
  readonly data: TrainerData;
  readonly sizes: EncoderSizes;
  /** Of AdamW under a schedule that rises and falls in straight lines. */
  readonly training: {
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
    readonly warmupSteps: number;
    /** Updates between reports of the loss. */
    readonly logSteps: number;
  };
  /** All that there will be. */
  readonly epochs: number;
  readonly threads: number;
  /** Whether chui makes the updates without its `Trainer`. */
  readonly alone: boolean;
}

/** What PyTorch's side is given besides, as a file. */
interface Plan {
  readonly sentences: readonly string[];
  readonly labels: readonly number[];
  /** Of each batch of each epoch, the places of its texts. */
  readonly epochs: readonly (readonly (readonly number[])[])[];
  /** Tokens of an epoch without padding and with it, to see that both sides have the same. */
  readonly tokens: number;
  readonly paddedTokens: number;
}

export interface TrainerOptions {
  readonly tokenizer: string;
  readonly text: readonly string[];
  readonly rounds: number;
  readonly steps: number;
  readonly threads: number;
  readonly python: string;
}

/** Texts of an epoch, which is a step: 40 batches of 16. */
const TEXTS = 640;
const UNTIMED_STEPS = 3;
const here = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('../peers/', import.meta.url));

export const updatesOf = ({ texts, batchSize }: TrainerData): number => Math.ceil(texts / batchSize);

/** What the options ask to train. */
export function trainerArguments(options: TrainerOptions, encoder: EncoderSizes): TrainerArguments {
  const { tokenizer, text, rounds, steps, threads } = options;
  const data: TrainerData = {
    ...{ tokenizer, text, texts: TEXTS, batchSize: encoder.batch },
    ...{ lengthMultiple: 8, maxLength: encoder.length, seed: 1 },
  };
  return {
    data,
    sizes: encoder,
    training: {
      learningRate: 1e-4,
      weightDecay: 0.01,
      maxGradNorm: 1,
      warmupSteps: updatesOf(data),
      logSteps: 10,
    },
    epochs: UNTIMED_STEPS + rounds * steps,
    threads,
    alone: false,
  };
}

/** chui's `Trainer`, the same updates without it, and the Trainer of Hugging Face's transformers. */
export function trainerEntrants(argument: TrainerArguments, python: string): Entrant[] {
  const chui = (role: 'chui' | 'core', title: string): Entrant => ({
    role,
    title,
    prepare: async () => {
      const own = JSON.stringify({ ...argument, alone: role === 'core' });
      return { command: { command: process.execPath, args: [join(here, 'trainer_contender.js'), own] } };
    },
  });
  const peer: Entrant = {
    role: 'peer',
    title: "transformers' Trainer",
    prepare: async () => {
      if (!(await hasModules(python, ['torch', 'transformers', 'accelerate'])))
        return {
          missing: `transformers for Python is not installed: ${python} -m pip install torch transformers accelerate`,
        };
      const directory = await mkdtemp(join(tmpdir(), 'chui-bench-'));
      const release = () => rm(directory, { recursive: true, force: true });
      try {
        const file = join(directory, 'plan.json');
        await writeFile(file, JSON.stringify(await planOf(argument)));
        const args = [join(peers, 'hf_trainer.py'), JSON.stringify(argument), file];
        return { command: { command: python, args }, release };
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
  return [chui('core', 'updates alone'), chui('chui', "chui's Trainer"), peer];
}

/** The texts, and the batches that chui makes of them. */
async function planOf({ data, epochs }: TrainerArguments): Promise<Plan> {
  const sentences: string[] = [];
  const labels: number[] = [];
  for await (const { sentence, label } of readTexts(data)) {
    sentences.push(String(sentence));
    labels.push(Number(label));
  }
  const batches = await batchesOf(data, epochs);
  const parts = batches[0]!.flatMap((batch) => batch.parts);
  return {
    sentences,
    labels,
    epochs: batches.map((epoch) => epoch.map(({ indices }) => [...indices])),
    tokens: parts.reduce((sum, part) => sum + part.tokens, 0),
    paddedTokens: parts.reduce((sum, { inputs }) => sum + inputs.inputIds!.values.length, 0),
  };
}

/** Mean losses of the first epoch and of the last, which contenders should share, as they see the same texts. */
export const lossesReport = ({ measured }: BenchResult): string[] =>
  measured.map(({ name, loss, lastLoss }) => {
    const [first, last] = [loss, lastLoss].map((each) => each?.toFixed(3) ?? 'unknown');
    return `mean loss of ${name}: ${first} in the first epoch, ${last} in the last`;
  });
