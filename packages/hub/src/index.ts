export { memoryFiles } from './files/memory_files.js';
export type { ModelFiles } from './files/model_files.js';
export { openFiles } from './files/open_files.js';
export { saveFiles } from './files/save_files.js';
export { decodeUtf8 } from './files/utf8.js';
export { type Dtype, type SavedTensor, type TensorData, toFloat32 } from './safetensors/dtype.js';
export { readSafetensors } from './safetensors/read_safetensors.js';
export { writeSafetensors } from './safetensors/write_safetensors.js';
