import { findBackend, setBackend } from '@tensorflow/tfjs-core';
import { prepareWasm, type WasmOptions } from './wasm/index.js';
import { correctWebgpuKernels } from './webgpu/kernels.js';

/** The backends of TensorFlow.js that chui runs on; `auto` is the best that works here. */
export type BackendName = 'native' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

export interface BackendOptions extends WasmOptions {
  /**
   * How many threads the native and the WASM backend compute with, an integer from 1. Default: one for each core. It
   * is settled when a backend is first loaded.
   */
  threads?: number;
}

/** Which backend is used, and why. */
export interface BackendInfo {
  readonly backend: BackendName;
  readonly device: 'cpu' | 'gpu';
  /** Where `auto` could not take the best: what is missing, in one line. */
  readonly reason?: string;
}

/** Loads a backend and makes TensorFlow.js use it. */
export type BackendLoader = (options: BackendOptions) => Promise<BackendInfo>;

async function activate(name: string): Promise<void> {
  if (!(await setBackend(name))) throw new Error(`the backend ${name} does not work here`);
}

export const loaders = {
  wasm: async (options: BackendOptions): Promise<BackendInfo> => {
    await prepareWasm(options);
    await activate('wasm');
    return { backend: 'wasm', device: 'cpu' };
  },
  cpu: async (): Promise<BackendInfo> => {
    await import('@tensorflow/tfjs-backend-cpu');
    await activate('cpu');
    // Its first op in Node would print an advertisement for tfjs-node; who asks for plain JavaScript knows.
    Object.assign(findBackend('cpu'), { firstUse: false });
    return { backend: 'cpu', device: 'cpu' };
  },
  webgl: async (): Promise<BackendInfo> => {
    await import('@tensorflow/tfjs-backend-webgl');
    await activate('webgl');
    return { backend: 'webgl', device: 'gpu' };
  },
  webgpu: async (): Promise<BackendInfo> => {
    await import('@tensorflow/tfjs-backend-webgpu');
    correctWebgpuKernels();
    await activate('webgpu');
    return { backend: 'webgpu', device: 'gpu' };
  },
} satisfies Partial<Record<BackendName, BackendLoader>>;

/** Checks the options of `useBackend`. */
export function checkOptions({ threads }: BackendOptions): void {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new RangeError(`threads must be an integer from 1, but is ${threads}`);
  }
}

/** Uses the first of the backends that works; the result says why those before it do not. */
async function firstThatWorks(
  candidates: readonly (readonly [BackendName, BackendLoader])[],
  options: BackendOptions,
): Promise<BackendInfo> {
  const reasons: string[] = [];
  for (const [name, load] of candidates) {
    try {
      const info = await load(options);
      return reasons.length === 0 ? info : { ...info, reason: reasons.join('; ') };
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(`no backend works: ${reasons.join('; ')}`);
}

/**
 * Loads a backend of TensorFlow.js and uses it from now on. `auto` is, in a browser, the first that works of WebGPU,
 * WebGL, WASM and plain JavaScript; in Node, the native backend, else WASM.
 *
 * @throws Error if the backend does not work here.
 */
export async function useBackend(
  name: BackendName | 'auto' = 'auto',
  options: BackendOptions = {},
): Promise<BackendInfo> {
  checkOptions(options);
  if (name === 'native') throw new Error("the backend 'native' needs Node");
  if (name !== 'auto') return loaders[name](options);
  const order = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;
  return firstThatWorks(
    order.map((candidate) => [candidate, loaders[candidate]]),
    options,
  );
}
