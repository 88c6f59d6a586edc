export { type RuntimeInfo, runtimeInfo } from '../info.js';
export { type CudaLibraries, cudaLibraries } from '../native/cuda_libraries.js';
export type { SetupEvent } from './events.js';
export { type SetUpOptions, type SetUpResult, setUp } from './set_up.js';
