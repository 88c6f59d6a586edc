export { type ReadPairsOptions, readPairs } from './data/read_pairs.js';
export * from './index.js';
export { CheckpointFile } from './trainer/checkpoint_file.js';
export { JsonlLog } from './trainer/jsonl_log.js';
export { ProgressBar, type ProgressBarOptions } from './trainer/progress_bar.js';
