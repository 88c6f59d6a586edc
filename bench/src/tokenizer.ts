import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entrant } from './bench.js';

/** What is encoded with what. */
export interface TokenizerArguments {
  /** Path of a tokenizer.json; its truncation and padding are left out. */
  readonly tokenizer: string;
  /** Path of a text, each line of which is encoded by itself, with special tokens around it. */
  readonly text: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('../peers/', import.meta.url));
/** Packages of npm that encode too. */
const packages = ['@huggingface/tokenizers', '@huggingface/transformers', 'tokenizers'];

/** chui's tokenizer, and those of npm's packages; one thread each. */
export function tokenizerEntrants(argument: TokenizerArguments): Entrant[] {
  const command = (script: string, ...more: string[]) => ({
    command: process.execPath,
    args: [script, JSON.stringify(argument), ...more],
  });
  return [
    {
      role: 'chui',
      title: 'chui',
      prepare: async () => ({ command: command(join(here, 'tokenizer_contender.js')) }),
    },
    ...packages.map(
      (name): Entrant => ({
        role: 'peer',
        title: name,
        prepare: async () =>
          existsSync(join(peers, 'node_modules', name, 'package.json'))
            ? { command: command(join(peers, 'tokenizer_peer.mjs'), name) }
            : { missing: `${name} is not installed: npm install --prefix bench/peers` },
      }),
    ),
  ];
}
