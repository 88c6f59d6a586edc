export const TASKS = [
  'text-classification',
  'token-classification',
  'question-answering',
  'multiple-choice',
] as const;

export type TaskName = (typeof TASKS)[number];

/** A column by its name, or by its place from 0 in a file whose first line has no names. */
export type Column = string | number;

/** What is fine-tuned on what; two runs with the same of these, seed and fold do the same. */
export interface FineTuning {
  readonly task: TaskName;
  /** Directory of config.json, model.safetensors and the tokenizer's files. */
  readonly model: string;
  /** Whether all weights begin at random, by seed, so that only the sizes of the model are used. */
  readonly fromScratch: boolean;
  readonly train: string;
  /** What is tested on; without it, parts of the training file. */
  readonly eval?: string | undefined;
  /** Into how many parts the training file is dealt; each is tested on once, and the others are trained on. */
  readonly folds?: number | undefined;
  readonly splitSeed: number;
  /** Rows with the same value here come into the same part; of questions the article's title by default. */
  readonly groupColumn?: string | undefined;
  readonly textColumn?: Column | undefined;
  readonly textPairColumn?: Column | undefined;
  readonly labelColumn?: Column | undefined;
  /** Names of the classes; by default all of the training file, sorted. */
  readonly labels?: readonly string[] | undefined;
  /** Whether texts in quotes, as CSV has them, are taken out of these. */
  readonly unquote: boolean;
  /** Whether rows that cannot be read, or have none of the labels, are left out and counted. */
  readonly skipBroken: boolean;
  /** Columns of words and tags in files of columns, from 0; below 0 from the end. */
  readonly wordColumn: number;
  readonly tagColumn: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly maxLength: number;
  /** How many examples, or questions, are trained on and tested on; all by default. */
  readonly limit?: number | undefined;
  readonly evalLimit?: number | undefined;
  readonly threads: number;
}

/** One training: which seed, and which part is tested on, from 1; 1 where there is a file for it. */
export interface Place {
  readonly seed: number;
  readonly fold: number;
}
