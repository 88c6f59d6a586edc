import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from './contender.js';
import type { PeerName, Task } from './works.js';

const scripts = fileURLToPath(new URL('../peers/', import.meta.url));
const run = promisify(execFile);

/** What a peer needs to be started. */
export interface PeerOptions {
  readonly task: Task;
  readonly threads: number;
  /** The Python that has PyTorch. */
  readonly python: string;
  /** Where packages of npm for the peers are installed. */
  readonly directory?: string;
}

/** How an entrant is started, after which `release` frees what it read; or the line that says what it lacks. */
export type Prepared =
  | { readonly command: Command; readonly release?: () => Promise<void> }
  | { readonly missing: string };

/** Whether a Python has modules. */
export const hasModules = async (python: string, modules: readonly string[]): Promise<boolean> => {
  const code = `import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in ${JSON.stringify(modules)}))`;
  return run(python, ['-c', code]).then(
    () => true,
    () => false,
  );
};

/** The line that says what transformers.js lacks to run what PyTorch writes with modules of a Python, if it lacks something. */
export async function lackOfTransformers(
  python: string,
  modules: readonly string[],
  directory = scripts,
): Promise<string | undefined> {
  if (!existsSync(join(directory, 'node_modules/@huggingface/transformers/package.json'))) {
    return 'transformers.js is not installed: npm install --prefix bench/peers';
  }
  if (await hasModules(python, modules)) return undefined;
  return `transformers.js lacks a model, which PyTorch writes: ${python} -m pip install ${modules.join(' ')}`;
}

/** Looks whether a peer is installed, and gets ready what it reads. */
export const preparePeer = (name: PeerName, options: PeerOptions): Promise<Prepared> =>
  name === 'pytorch' ? preparePyTorch(options) : prepareTransformers(options);

async function preparePyTorch({ task, threads, python }: PeerOptions): Promise<Prepared> {
  if (!(await hasModules(python, ['torch']))) {
    return { missing: `PyTorch is not installed: ${python} -m pip install torch` };
  }
  const args = [join(scripts, 'torch_peer.py'), JSON.stringify({ task, threads })];
  return { command: { command: python, args } };
}

async function prepareTransformers({
  task,
  threads,
  python,
  directory = scripts,
}: PeerOptions): Promise<Prepared> {
  const missing = await lackOfTransformers(python, ['torch', 'onnx', 'onnxscript'], directory);
  if (missing) return { missing };
  const model = await mkdtemp(join(tmpdir(), 'chui-bench-'));
  const release = () => rm(model, { recursive: true, force: true });
  try {
    await run(python, [join(scripts, 'export_onnx.py'), JSON.stringify(task.sizes), join(model, 'encoder')]);
  } catch (error) {
    await release();
    throw error;
  }
  const argument = JSON.stringify({ task, threads, directory: join(model, 'encoder') });
  const args = [join(scripts, 'transformers_peer.mjs'), argument];
  return { command: { command: process.execPath, args }, release };
}
