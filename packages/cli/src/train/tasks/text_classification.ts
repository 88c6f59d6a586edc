import { AutoModelForSequenceClassification } from '@chui/models';
import {
  accuracy,
  dataCollatorWithPadding,
  encodeTexts,
  matthewsCorrelation,
  meanSquaredError,
  multiLabelScores,
  pearson,
  placeOf,
  precisionRecallF1,
  scoresByClass,
  spearman,
} from '@chui/training';
import { z } from 'zod';
import { classId, classNames, labelConfig } from '../../finetune/class_names.js';
import { columnIn, ofFile } from '../../finetune/columns.js';
import { CutTexts } from '../../finetune/cut_texts.js';
import { column, cutNote, fileFields, labels } from '../../finetune/data_fields.js';
import { defineFineTuning, type FineTuningData } from '../../finetune/fine_tuning.js';
import { type FileRow, readRows } from '../../finetune/read_rows.js';
import { bothFiles, writtenFiles } from '../../finetune/splits.js';

const fields = {
  data: z.strictObject({
    ...fileFields,
    text: column.optional().describe('The column of the texts; text, sentence or sentence1 by default.'),
    textPair: column.optional().describe('The column of second texts, where pairs are classified.'),
    label: z
      .union([column, z.array(z.string().min(1)).min(2)])
      .default('label')
      .describe('The column of the labels; or columns, each with 1 for the texts that have its label.'),
  }),
  labels,
  regression: z.boolean().default(false).describe('Whether labels are numbers that are to be said.'),
};

/** What labels are, and what is made of them. */
interface Problem extends Pick<FineTuningData, 'config' | 'scores' | 'metricForBestModel'> {
  /** Names of classes, as the recipe has them. */
  readonly labels?: readonly string[];
  labelOf(row: FileRow, index: number): number | readonly number[];
}

/** Trains a classifier of texts or pairs of texts: of one label each, of several, or of numbers. */
export const textClassificationTask = defineFineTuning(
  'text-classification',
  fields,
  { learningRate: 3e-5, batchSize: 32, metricForBestModel: 'accuracy', maxLength: 128 },
  async (recipe, { source, paths, maxLength }) => {
    const { data } = recipe;
    const given = [data.text, data.textPair, Array.isArray(data.label) ? undefined : data.label];
    const files = await bothFiles(data, paths, (path) => readRows(path, given));
    const { train } = files;
    const text = columnIn(train.path, train.rows, data.text, ['text', 'sentence', 'sentence1']);
    const textPair =
      data.textPair === undefined ? undefined : columnIn(train.path, train.rows, data.textPair);
    const problem = problemOf(recipe, train.path, train.rows);
    const notes: string[] = [];
    const encode = ({ path, rows }: typeof train) => {
      const tokenizer = new CutTexts(source.tokenizer);
      for (const name of [text, ...(textPair === undefined ? [] : [textPair])]) columnIn(path, rows, name);
      const options = { tokenizer, text, textPair, label: null, maxLength, truncation: true };
      const examples = ofFile(path, () =>
        encodeTexts(rows, options).map((example, index) => {
          return { ...example, labels: problem.labelOf(rows[index]!, index) };
        }),
      );
      notes.push(...cutNote(path, tokenizer.count, rows.length, maxLength));
      return examples;
    };
    const floatFields = problem.labels && !Array.isArray(data.label) ? [] : ['labels'];
    return {
      recipe: {
        data: { ...data, ...writtenFiles(data, paths), text: data.text ?? text },
        labels: problem.labels,
        regression: recipe.regression,
      },
      train: encode(train),
      eval: encode(files.eval),
      notes,
      models: AutoModelForSequenceClassification,
      collator: (padding) => dataCollatorWithPadding({ ...padding, floatFields }),
      config: problem.config!,
      scores: problem.scores,
      ...(problem.metricForBestModel !== undefined && { metricForBestModel: problem.metricForBestModel }),
    };
  },
);

type Recipe = z.output<z.ZodObject<typeof fields>> & {
  training: { metricForBestModel?: string | undefined };
};

function problemOf(recipe: Recipe, path: string, rows: readonly FileRow[]): Problem {
  const { data, regression, labels: given, training } = recipe;
  if (Array.isArray(data.label)) return severalLabels(data.label, path, rows);
  const label = columnIn(path, rows, data.label);
  if (!regression) return oneLabel(label, path, rows, given);
  // Numbers are never equal.
  const { metricForBestModel } = training;
  return { ...numbers(label), ...(metricForBestModel === 'accuracy' && { metricForBestModel: 'pearson' }) };
}

function oneLabel(
  label: string,
  path: string,
  rows: readonly FileRow[],
  given: readonly string[] | undefined,
): Problem {
  const values = rows.map((row) => row[label]);
  const names = classNames(path, values, given);
  return {
    labels: names,
    labelOf: (row, index) => classId(row[label], names, `${label} of ${placeOf(row, index)}`),
    config: { ...labelConfig(names), problemType: 'single_label_classification' },
    scores({ predictions, labels }) {
      const [said, right] = [predictions as number[][], labels as number[]];
      const found = said.map(highest);
      const byClass = scoresByClass(found, right);
      const { f1 } = precisionRecallF1(found, right, { average: 'macro' });
      return {
        eval: {
          accuracy: accuracy(found, right),
          macroF1: f1,
          matthewsCorrelation: matthewsCorrelation(found, right),
        },
        ...Object.fromEntries([...byClass].map(([id, scores]) => [`label ${names[id as number]}`, scores])),
      };
    },
  };
}

function severalLabels(columns: readonly string[], path: string, rows: readonly FileRow[]): Problem {
  for (const name of columns) columnIn(path, rows, name);
  return {
    labels: columns,
    labelOf: (row, index) => columns.map((name) => flagOf(row[name], `${name} of ${placeOf(row, index)}`)),
    config: { ...labelConfig(columns), problemType: 'multi_label_classification' },
    scores({ predictions, labels }) {
      const found = (predictions as number[][]).map((logits) => logits.map((logit) => Number(logit > 0)));
      const scores = multiLabelScores(found, labels as number[][]);
      return {
        eval: {
          accuracy: scores.subsetAccuracy,
          microF1: scores.micro.f1,
          macroF1: scores.macro.f1,
          hammingLoss: scores.hammingLoss,
        },
      };
    },
  };
}

function numbers(label: string): Problem {
  return {
    labelOf: (row, index) => numberOf(row[label], `${label} of ${placeOf(row, index)}`),
    config: { id2label: { 0: label }, label2id: { [label]: 0 }, problemType: 'regression' },
    scores({ predictions, labels }) {
      const [said, right] = [(predictions as number[][]).map(([value]) => value!), labels as number[]];
      return {
        eval: {
          pearson: pearson(said, right),
          spearman: spearman(said, right),
          meanSquaredError: meanSquaredError(said, right),
        },
      };
    },
  };
}

function flagOf(value: unknown, what: string): number {
  if (/^(0|1|true|false)$/.test(String(value)))
    return Number(value === true || /^(1|true)$/.test(String(value)));
  throw new RangeError(`${what} must be 0 or 1, but is ${JSON.stringify(value) ?? 'missing'}`);
}

function numberOf(value: unknown, what: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new TypeError(`${what} must be a number, but is ${JSON.stringify(value) ?? 'missing'}`);
}

/** The place of the highest number. */
function highest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
