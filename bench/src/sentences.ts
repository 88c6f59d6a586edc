import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Tokenizer } from '@chui/tokenizer';
import type { BenchResult, Entrant } from './bench.js';
import { entrantsOf } from './entrants.js';
import { hasModules, lackOfTransformers, type Prepared } from './peers.js';
import { report } from './report.js';
import { encoder } from './works.js';

/** What is embedded with what, as contenders get it as JSON. */
export interface SentenceArguments {
  /** Of the checkpoint all-MiniLM-L6-v2. */
  readonly directory: string;
  /** All of one length; a step embeds them at once. */
  readonly texts: readonly string[];
  /** Tokens of each, special ones included. */
  readonly length: number;
  readonly threads: number;
}

/** What a step embeds. */
interface SentenceWork {
  readonly description: string;
  readonly batch: number;
  readonly length: number;
}

export const sentenceWorks: readonly SentenceWork[] = [
  { description: '16 texts of 128 tokens at once', batch: 16, length: 128 },
  { description: 'a sentence of 16 tokens', batch: 1, length: 16 },
];

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('../peers/', import.meta.url));
const fetchScript = fileURLToPath(new URL('../../scripts/fetch_minilm.mjs', import.meta.url));

/** The checkpoint, and texts that are as long as a work has them. */
export async function sentenceArguments(
  { batch, length }: SentenceWork,
  threads: number,
): Promise<SentenceArguments> {
  const { stdout } = await run(process.execPath, [fetchScript]);
  const directory = stdout.trim();
  const texts = textsOf(await Tokenizer.fromPretrained(directory), batch, length);
  return { directory, texts, length, threads };
}

/** Texts of whole words of the vocabulary, each a token. */
function textsOf(tokenizer: Tokenizer, batch: number, length: number): string[] {
  const words = [...tokenizer.getVocab().keys()].filter((token) => /^[a-z]{3,}$/.test(token));
  let place = 0;
  const next = () => {
    place = (place + 7919) % words.length;
    return words[place]!;
  };
  const texts = Array.from({ length: batch }, () => Array.from({ length: length - 2 }, next).join(' '));
  const wrong = texts.find(
    (text) => tokenizer.encode(text, { truncation: false, padding: false }).ids.length !== length,
  );
  if (wrong !== undefined) throw new Error(`a text must have ${length} tokens, but has others: ${wrong}`);
  return texts;
}

/** chui's `SentenceTransformer`, transformers.js, PyTorch, and the encoder's matrix products alone. */
export function sentenceEntrants(argument: SentenceArguments, python: string): Entrant[] {
  const { threads, texts, length } = argument;
  const sizes = { ...encoder, batch: texts.length, length };
  const task = { model: 'classifier', training: false, precision: 'float32', sizes } as const;
  const [, floor] = entrantsOf({ description: '', task, peers: [] }, { threads, python, xla: false });
  const json = JSON.stringify(argument);
  return [
    {
      role: 'chui',
      title: 'chui',
      prepare: async () => ({
        command: { command: process.execPath, args: [join(here, 'sentences_contender.js'), json] },
      }),
    },
    { role: 'peer', title: 'transformers.js', prepare: () => prepareTransformers(argument, python) },
    {
      role: 'peer',
      title: 'PyTorch',
      prepare: async () => {
        if (!(await hasModules(python, ['torch', 'transformers'])))
          return { missing: `PyTorch is not installed: ${python} -m pip install torch transformers` };
        return { command: { command: python, args: [join(peers, 'sentences_peer.py'), json] } };
      },
    },
    floor!,
  ];
}

/** transformers.js reads ONNX, which PyTorch writes of the checkpoint. */
async function prepareTransformers(argument: SentenceArguments, python: string): Promise<Prepared> {
  const missing = await lackOfTransformers(python, ['torch', 'transformers', 'onnx', 'onnxscript']);
  if (missing) return { missing };
  const scratch = await mkdtemp(join(tmpdir(), 'chui-bench-'));
  const release = () => rm(scratch, { recursive: true, force: true });
  try {
    const directory = join(scratch, 'minilm');
    for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
      await cp(join(argument.directory, name), join(directory, name));
    }
    const onnx = join(directory, 'onnx', 'model.onnx');
    await run(python, [join(peers, 'export_sentences_onnx.py'), argument.directory, onnx]);
    const args = [join(peers, 'sentences_peer.mjs'), JSON.stringify({ ...argument, directory })];
    return { command: { command: process.execPath, args }, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** What a bench gave, and the first number of each contender's first embedding, which should be the same for all. */
export function sentenceReport(result: BenchResult): string[] {
  const first = result.measured
    .filter(({ loss }) => loss !== undefined)
    .map(({ name, loss }) => `the first embedding of ${name} begins with ${loss!.toFixed(5)}`);
  const measured = result.measured.map(({ loss: _loss, ...rest }) => rest);
  return [...report({ ...result, measured }), ...first];
}
