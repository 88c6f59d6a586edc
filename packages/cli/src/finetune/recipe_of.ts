import { given } from '../train/given.js';
import type { Column } from './read_rows.js';

/** What the command line says of a fine-tuning. */
export interface FineTuneOptions {
  readonly task?: string;
  readonly train?: string;
  readonly eval?: string;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly batchSize?: number;
  readonly maxLength?: number;
  readonly seed?: number;
  readonly freeze?: number;
  readonly layerDecay?: number;
  readonly lora?: number;
  readonly textColumn?: string;
  readonly textPairColumn?: string;
  readonly labelColumn?: string;
  readonly labelColumns?: string[];
  readonly choiceColumns?: string[];
  readonly labels?: string[];
  readonly regression?: boolean;
  readonly scale?: number;
  readonly stride?: number;
  readonly wholeWords?: boolean;
  readonly precision?: string;
}

/** Options that some tasks have alone. */
const ofTasks: Partial<Record<keyof FineTuneOptions, readonly string[]>> = {
  textPairColumn: ['text-classification', 'similarity'],
  labelColumns: ['text-classification'],
  labels: ['text-classification', 'token-classification'],
  regression: ['text-classification'],
  choiceColumns: ['multiple-choice'],
  stride: ['question-answering'],
  wholeWords: ['masked-lm'],
  scale: ['similarity'],
};

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/**
 * The recipe that options of the command line say.
 *
 * @throws Error naming what must be given, but is not.
 */
export function recipeOf(model: string | undefined, options: FineTuneOptions): object {
  const { task, train, eval: evaluated, labels, regression, stride, wholeWords } = options;
  const needed = { model, '--task': task, '--train': train, '--eval': evaluated };
  const [missing] = Object.entries(needed).find(([, value]) => value === undefined) ?? [];
  if (missing !== undefined) throw new Error(`finetune must have ${missing}: see chui finetune --help`);
  for (const [name, tasks] of Object.entries(ofTasks)) {
    if (options[name as keyof FineTuneOptions] === undefined || tasks.includes(task!)) continue;
    throw new Error(`${flagOf(name)} must be left out of ${task}, as it is for ${tasks.join(' and ')}`);
  }
  const { choiceColumns: choices } = options;
  const [text, textPair, label] = [options.textColumn, options.textPairColumn, options.labelColumn].map(
    columnOf,
  );
  const isTagging = task === 'token-classification';
  const columns = isTagging
    ? { words: text, tags: label }
    : { text, textPair, label: options.labelColumns ?? label };
  const { epochs, learningRate, batchSize, precision } = options;
  return given({
    task,
    model,
    data: given({
      train,
      eval: evaluated,
      ...columns,
      choices: choices?.length === 1 ? choices[0] : choices,
      scale: options.scale,
    }),
    labels,
    ...{ regression, stride, wholeWords },
    maxLength: options.maxLength,
    freezeLayers: options.freeze,
    layerDecay: options.layerDecay,
    lora: options.lora === undefined ? undefined : { r: options.lora },
    training: given({ epochs, learningRate, batchSize, precision }),
    seed: options.seed,
  });
}

/** A column by its name, or by its place if that is what stands there. */
function columnOf(name: string | undefined): Column | undefined {
  return name !== undefined && /^\d+$/.test(name) ? Number(name) : name;
}
