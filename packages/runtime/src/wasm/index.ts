import { registerWasmKernels } from './kernels.js';

type WasmFile = `tfjs-backend-wasm${'' | '-simd' | '-threaded-simd'}.wasm`;

/** How the WASM backend is loaded. */
export interface WasmOptions {
  /**
   * Where the files `*.wasm` of @tensorflow/tfjs-backend-wasm are: a URL prefix, or a URL for each of the three. Node
   * finds them by itself; a bundler has to be told. With Vite:
   *
   *     import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
   *     import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
   *     import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
   *     const wasmPaths = {
   *       'tfjs-backend-wasm.wasm': plain,
   *       'tfjs-backend-wasm-simd.wasm': simd,
   *       'tfjs-backend-wasm-threaded-simd.wasm': threaded,
   *     };
   */
  wasmPaths?: string | Record<WasmFile, string>;
  /** Threads, at least 1. Only pages that are cross-origin isolated have more than one; Node has one. */
  threads?: number;
}

/**
 * Loads the WASM backend's code and gives it the kernels that training needs, so that `setBackend('wasm')` is left to
 * do. SIMD is used where there is any.
 *
 * @throws RangeError if `threads` is not a positive integer
 */
export async function prepareWasm({ wasmPaths, threads }: WasmOptions = {}): Promise<void> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new RangeError(`threads must be a positive integer, but is ${threads}`);
  }
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmPaths !== undefined) wasm.setWasmPaths(wasmPaths);
  if (threads !== undefined) wasm.setThreadsCount(threads);
  registerWasmKernels();
}

export { registerWasmKernels } from './kernels.js';
