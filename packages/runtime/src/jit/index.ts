export { type JitFunction, type JitOptions, type JitStats, jit } from './jit.js';
export { padToBucket } from './pad_to_bucket.js';
