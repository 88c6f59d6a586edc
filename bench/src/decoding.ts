import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchResult, Entrant } from './bench.js';
import { hasModules, lackOfTransformers, type Prepared } from './peers.js';
import { report } from './report.js';

/** What is generated, as contenders get it as JSON. */
export interface DecodingArguments {
  /** Of a checkpoint of GPT-2. */
  readonly directory: string;
  /** (B, P). */
  readonly prompts: readonly (readonly number[])[];
  readonly newTokens: number;
  readonly threads: number;
}

/** What a step generates: so many tokens behind each of some prompts. */
interface DecodingWork {
  readonly batch: number;
  readonly promptLength: number;
  readonly newTokens: number;
}

export const decodingWorks: readonly DecodingWork[] = [
  { batch: 1, promptLength: 64, newTokens: 128 },
  { batch: 8, promptLength: 64, newTokens: 128 },
];

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const peers = fileURLToPath(new URL('../peers/', import.meta.url));

/** A checkpoint of GPT-2's size with random weights, and what frees its place. */
export async function randomGpt2(): Promise<{ directory: string; release(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'chui-bench-'));
  const release = () => rm(directory, { recursive: true, force: true });
  try {
    await run(process.execPath, [join(here, 'make_gpt2.js'), directory]);
    return { directory, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Prompts of ids that have no pattern. */
export function decodingArguments(
  { batch, promptLength, newTokens }: DecodingWork,
  { directory, threads }: { directory: string; threads: number },
): DecodingArguments {
  const id = (row: number, place: number) => ((row * 31 + place + 1) * 7919) % 50_000;
  const prompts = Array.from({ length: batch }, (_, row) =>
    Array.from({ length: promptLength }, (_, place) => id(row, place)),
  );
  return { directory, prompts, newTokens, threads };
}

/** chui, PyTorch with each of its caches, and transformers.js. */
export function decodingEntrants(argument: DecodingArguments, python: string): Entrant[] {
  const json = JSON.stringify(argument);
  return [
    {
      role: 'chui',
      title: 'chui',
      prepare: async () => ({
        command: { command: process.execPath, args: [join(here, 'decoding_contender.js'), json] },
      }),
    },
    ...(['dynamic', 'static'] as const).map(
      (cache): Entrant => ({
        role: 'peer',
        title: `PyTorch, ${cache} cache`,
        prepare: async () => {
          if (!(await hasModules(python, ['torch', 'transformers'])))
            return { missing: `PyTorch is not installed: ${python} -m pip install torch transformers` };
          return { command: { command: python, args: [join(peers, 'decoding_peer.py'), json, cache] } };
        },
      }),
    ),
    { role: 'peer', title: 'transformers.js', prepare: () => prepareTransformers(argument, python) },
  ];
}

/** transformers.js reads ONNX, which PyTorch writes once beside the checkpoint. */
async function prepareTransformers(argument: DecodingArguments, python: string): Promise<Prepared> {
  const missing = await lackOfTransformers(python, ['torch', 'transformers', 'onnx', 'onnxscript']);
  if (missing) return { missing };
  const { directory } = argument;
  const onnx = join(directory, 'onnx');
  if (!existsSync(onnx)) {
    try {
      await run(python, [join(peers, 'export_decoder_onnx.py'), directory, join(onnx, 'model.onnx')]);
    } catch (error) {
      await rm(onnx, { recursive: true, force: true });
      throw error;
    }
  }
  const args = [join(peers, 'decoding_peer.mjs'), JSON.stringify(argument)];
  return { command: { command: process.execPath, args } };
}

/** What a bench gave, and whether each peer generated the tokens that chui did. */
export function decodingReport(result: BenchResult): string[] {
  const chui = result.measured.find(({ role }) => role === 'chui');
  const peers = chui ? result.measured.filter((each) => each !== chui) : [];
  const measured = result.measured.map(({ loss: _checksum, ...rest }) => rest);
  return [
    ...report({ ...result, measured }),
    ...peers.map(
      ({ name, loss }) => `${name} generated ${loss === chui!.loss ? 'the same' : 'other'} tokens`,
    ),
  ];
}
