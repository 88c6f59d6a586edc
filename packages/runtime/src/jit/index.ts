export { type JitFunction, type JitOptions, type JitStats, jit } from './jit.js';
