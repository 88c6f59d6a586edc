export { type BackendInfo, type BackendName, type BackendOptions, useBackend } from './backend.js';
export * from './jit/index.js';
export { nextTask } from './next_task.js';
export * from './ops/index.js';
export * from './optimizers/index.js';
export * from './random/index.js';
export { prepareWasm, registerWasmKernels, type WasmOptions } from './wasm/index.js';
