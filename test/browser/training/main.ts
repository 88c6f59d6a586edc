/// <reference types="vite/client" />
import { type BackendName, useBackend } from '@chui/runtime';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { trainHere } from './train_here.js';

declare global {
  interface Window {
    trainOn: typeof trainOn;
  }
}

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
};

async function trainOn(backend: BackendName) {
  await useBackend(backend, { wasmPaths });
  return trainHere();
}

window.trainOn = trainOn;
