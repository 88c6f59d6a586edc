import { AutoModel, type BaseModel } from '@chui/models';
import {
  dataCollatorForMultipleChoice,
  type Predictions,
  pearson,
  placeOf,
  SentenceSimilarity,
  spearman,
  textEncoder,
} from '@chui/training';
import { z } from 'zod';
import { columnIn, ofFile } from '../../finetune/columns.js';
import { CutTexts } from '../../finetune/cut_texts.js';
import { column, cutNote, fileFields } from '../../finetune/data_fields.js';
import { defineFineTuning } from '../../finetune/fine_tuning.js';
import { readRows } from '../../finetune/read_rows.js';
import { sentenceTransformerFiles } from '../../finetune/sentence_transformer_files.js';
import { bothFiles, writtenFiles } from '../../finetune/splits.js';

const fields = {
  data: z.strictObject({
    ...fileFields,
    text: column.default('sentence1').describe('The column of the first texts.'),
    textPair: column.default('sentence2').describe('The column of the second texts.'),
    label: column.default('score').describe('The column of numbers that say how alike they are.'),
    scale: z
      .number()
      .positive()
      .default(1)
      .describe('What labels are divided by, so that they are from -1 to 1.'),
  }),
};

/** Trains a model to give texts vectors whose cosine says how alike they are. */
export const similarityTask = defineFineTuning(
  'similarity',
  fields,
  { learningRate: 2e-5, batchSize: 16, metricForBestModel: 'spearman', maxLength: 128 },
  async ({ data }, { source, paths, maxLength }) => {
    const columns = [data.text, data.textPair, data.label];
    const files = await bothFiles(data, paths, (path) => readRows(path, columns));
    const notes: string[] = [];
    const encode = ({ path, rows }: typeof files.train) => {
      const tokenizer = new CutTexts(source.tokenizer);
      const [text, textPair, label] = columns.map((name) => columnIn(path, rows, name)) as [
        string,
        string,
        string,
      ];
      const limit = { tokenizer, label: null, maxLength, truncation: true };
      const [first, second] = [text, textPair].map((name) => textEncoder({ ...limit, text: name }));
      const examples = ofFile(path, () =>
        rows.map((row, index) => ({
          inputIds: [first!(row, index).inputIds, second!(row, index).inputIds],
          labels: likenessOf(row[label], data.scale, `${label} of ${placeOf(row, index)}`),
        })),
      );
      notes.push(...cutNote(path, tokenizer.count, 2 * rows.length, maxLength));
      return examples;
    };
    return {
      recipe: { data: { ...data, ...writtenFiles(data, paths) } },
      train: encode(files.train),
      eval: encode(files.eval),
      notes,
      models: AutoModel,
      trained: (model) => new SentenceSimilarity(model as BaseModel),
      collator: (padding) => dataCollatorForMultipleChoice({ ...padding, floatFields: ['labels'] }),
      scores: ({ predictions, labels }: Predictions) => {
        const [found, right] = [predictions as number[], labels as number[]];
        return { eval: { pearson: pearson(found, right), spearman: spearman(found, right) } };
      },
      files: (model) => sentenceTransformerFiles((model as BaseModel).sizes.width, maxLength),
    };
  },
  (model) => `SentenceTransformer.fromPretrained('${model}')`,
);

function likenessOf(value: unknown, scale: number, what: string): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  const likeness = number / scale;
  if (likeness >= -1 && likeness <= 1) return likeness;
  const rule = scale === 1 ? 'from -1 to 1, or be divided by a scale' : `from -${scale} to ${scale} (scale)`;
  throw new RangeError(`${what} must be ${rule}, but is ${JSON.stringify(value) ?? 'missing'}`);
}
