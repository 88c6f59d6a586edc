/**
 * What a run's files are called: of a `run`, the model lies in a directory of its own; where the run gives a `model`, its
 * directory is that of the model.
 */
export type RunLayout = 'run' | 'model';

const RUN = {
  recipe: 'recipe.json',
  result: 'result.json',
  log: 'log.jsonl',
  report: 'report.html',
  tensorBoard: 'tensorboard',
  checkpoints: 'checkpoints',
  model: 'model',
} as const;

export type RunFile = keyof typeof RUN;

/** Names in the directory of a run. */
export const runFiles: Readonly<Record<RunLayout, Readonly<Record<RunFile, string>>>> = {
  run: RUN,
  model: { ...RUN, result: 'results.json', model: '.' },
};

/** What a directory has that is that of a run, or of a model. */
export const runSigns: Readonly<Record<RunLayout, readonly string[]>> = {
  run: Object.values(RUN),
  model: [...Object.values({ ...RUN, result: 'results.json' }), 'config.json', 'model.safetensors'],
};
