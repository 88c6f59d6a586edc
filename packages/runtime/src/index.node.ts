export { useBackend } from './backend.node.js';
export * from './index.js';
