export { type BackendInfo, type BackendName, type BackendOptions, useBackend } from './backend.js';
