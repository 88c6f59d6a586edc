import { type BackendInfo, type BackendName, useBackend } from '@chui/runtime';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};

/** What people call the backends. */
export const backendTitles: Record<BackendName, string> = {
  native: 'native TensorFlow',
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WebAssembly',
  cpu: 'plain JavaScript',
};

/** Uses a backend, whose files are served with this page. */
export function chooseBackend(name: BackendName | 'auto'): Promise<BackendInfo> {
  return useBackend(name, { wasmPaths });
}
