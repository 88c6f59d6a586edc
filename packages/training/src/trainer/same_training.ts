import type { CheckedArgs } from './args.js';
import { CHECKPOINT_FORMAT, type Progress } from './checkpoint.js';
import type { ParameterNames } from './parameter_names.js';
import { plainArgs } from './plain_args.js';

/** Arguments that change nothing of what is learned, so that another value may go on from a checkpoint. */
const FREE_ARGS = [
  'maxSeconds',
  'logSteps',
  'evalBatchSize',
  'evalSteps',
  'evalEpochs',
  'saveSteps',
  'patience',
  'metricForBestModel',
  'greaterIsBetter',
];

/** Arguments of which this is true where the schedule does not know its end. */
const LENGTH_ARGS = ['epochs', 'maxSteps'];

/**
 * What makes another training the same.
 *
 * @param sizes updates, and batches of an epoch; undefined where they are not known before
 * @param config the text of the model's config.json
 */
export function trainingIdentity(
  args: CheckedArgs,
  names: ParameterNames,
  { totalSteps, batches }: { totalSteps: number | undefined; batches: number | undefined },
  config = '{}',
): Progress['training'] {
  const isOpen = (args.schedule === 'constant' || args.schedule === 'inverseSqrt') && !args.warmupRatio;
  const free: readonly string[] = isOpen ? [...FREE_ARGS, ...LENGTH_ARGS] : FREE_ARGS;
  const configured = Object.entries(JSON.parse(config)).map(([key, value]) => [`config.${key}`, value]);
  const compared = Object.entries(plainArgs(args)).filter(([name]) => !free.includes(name));
  return {
    ...Object.fromEntries(compared),
    ...(!isOpen && { totalSteps: totalSteps ?? null }),
    batches: batches ?? null,
    ...Object.fromEntries(configured),
    parameters: names.all.map(([name, { shape }]) => [name, shape]),
  };
}

/** @throws Error if a checkpoint is that of another training or format, naming the first thing that differs. */
export function checkSameTraining({ format, training }: Progress, now: Progress['training']): void {
  if (format !== CHECKPOINT_FORMAT) {
    throw new Error(`the checkpoint must be of format ${CHECKPOINT_FORMAT}, but is of ${format}`);
  }
  for (const key of new Set([...Object.keys(training), ...Object.keys(now)])) {
    const [before, after] = [training[key], now[key]].map((value) => JSON.stringify(value));
    if (before !== after) {
      throw new Error(
        `the checkpoint must be of the same training, but its ${key} is ${shortened(before)}, not ` +
          `${shortened(after)}; another directory, or none, begins anew`,
      );
    }
  }
}

function shortened(json: string | undefined): string {
  return json === undefined ? 'not set' : json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
