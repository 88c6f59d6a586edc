export { Adafactor, type AdafactorOptions, adafactor } from './adafactor.js';
export { AdamW, type AdamWOptions, adam, adamW } from './adam_w.js';
export { FlatOptimizer, type FlatOptimizerOptions } from './flat_optimizer.js';
export { Lion, type LionOptions, lion } from './lion.js';
export { Sgd, type SgdOptions, sgd } from './sgd.js';
export type { NonFinite } from './step_guard.js';
