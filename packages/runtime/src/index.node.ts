export { useBackend } from './backend.node.js';
export * from './index.js';
export { nativeBinding } from './native/binding.js';
export { type OpUse, opsWithoutKernel, recordOps } from './native/op_uses.js';
