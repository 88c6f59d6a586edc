import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entrant } from './bench.js';
import { hasModules } from './peers.js';

/** What is encoded with what. */
export interface EncodingArguments {
  /** Path of a tokenizer.json; its truncation and padding are left out. */
  readonly tokenizer: string;
  /** Path of a text, each line of which is encoded by itself, with special tokens around it. */
  readonly text: string;
}

/** What a BPE is trained on. */
export interface TrainingArguments {
  /** Path of a text, of which each line is a text to train on. */
  readonly text: string;
  readonly vocabSize: number;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('../peers/', import.meta.url));
/** Packages of npm that encode. */
const packages = ['@huggingface/tokenizers', '@huggingface/transformers', 'tokenizers'];

const chui = (argument: EncodingArguments | TrainingArguments): Entrant => ({
  role: 'chui',
  title: 'chui',
  prepare: async () => ({
    command: {
      command: process.execPath,
      args: [join(here, 'tokenizer_contender.js'), JSON.stringify(argument)],
    },
  }),
});

/** chui's tokenizer, and those of npm's packages; one thread each. */
export function encodingEntrants(argument: EncodingArguments): Entrant[] {
  return [
    chui(argument),
    ...packages.map(
      (name): Entrant => ({
        role: 'peer',
        title: name,
        prepare: async () => {
          if (!existsSync(join(peers, 'node_modules', name, 'package.json')))
            return { missing: `${name} is not installed: npm install --prefix bench/peers` };
          const args = [join(peers, 'tokenizer_peer.mjs'), JSON.stringify(argument), name];
          return { command: { command: process.execPath, args } };
        },
      }),
    ),
  ];
}

/** chui's trainer of BPE, and that of Hugging Face's library, which Python has; the latter with one thread and with all. */
export function trainingEntrants(argument: TrainingArguments, python: string): Entrant[] {
  return [
    chui(argument),
    ...[1, 0].map(
      (threads): Entrant => ({
        role: 'peer',
        title: 'tokenizers in Python',
        prepare: async () => {
          if (!(await hasModules(python, ['tokenizers'])))
            return { missing: `tokenizers is not installed: ${python} -m pip install tokenizers` };
          const script = join(peers, 'tokenizer_training_peer.py');
          return { command: { command: python, args: [script, JSON.stringify({ ...argument, threads })] } };
        },
      }),
    ),
  ];
}
