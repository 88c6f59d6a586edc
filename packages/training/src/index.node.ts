export { type ReadPairsOptions, readPairs } from './data/read_pairs.js';
export * from './index.js';
export { JsonlLog } from './trainer/jsonl_log.js';
export { ProgressBar, type ProgressBarOptions } from './trainer/progress_bar.js';
