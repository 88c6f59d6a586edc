import { AutoModelForMultipleChoice } from '@chui/models';
import { accuracy, dataCollatorForMultipleChoice, encodeChoices } from '@chui/training';
import { z } from 'zod';
import { columnIn, ofFile } from '../../finetune/columns.js';
import { CutTexts } from '../../finetune/cut_texts.js';
import { column, cutNote, fileFields } from '../../finetune/data_fields.js';
import { defineFineTuning } from '../../finetune/fine_tuning.js';
import { type FileRow, readRows } from '../../finetune/read_rows.js';
import { bothFiles, writtenFiles } from '../../finetune/splits.js';

const fields = {
  data: z.strictObject({
    ...fileFields,
    text: column.default('question').describe('The column of the questions.'),
    choices: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(2)])
      .optional()
      .describe(
        'The column of lists of choices, or columns of one each; choices, or choice0, choice1 … by default.',
      ),
    label: column.default('label').describe("The column of the right choice's number, from 0."),
  }),
};

/** Trains a model that finds the right one of some choices. */
export const multipleChoiceTask = defineFineTuning(
  'multiple-choice',
  fields,
  { learningRate: 5e-5, batchSize: 16, metricForBestModel: 'accuracy', maxLength: 128 },
  async ({ data }, { source, paths, maxLength }) => {
    const files = await bothFiles(data, paths, (path) => readRows(path, [data.text, data.label]));
    const { train } = files;
    const choices = data.choices ?? choicesIn(train.path, train.rows);
    const notes: string[] = [];
    const encode = ({ path, rows }: typeof train) => {
      const tokenizer = new CutTexts(source.tokenizer);
      const [text, label] = [columnIn(path, rows, data.text), columnIn(path, rows, data.label)];
      const options = { tokenizer, text, choices, label, maxLength, truncation: true };
      const examples = ofFile(path, () => encodeChoices(rows, options));
      const total = rows.length * examples[0]!.inputIds.length;
      notes.push(...cutNote(path, tokenizer.count, total, maxLength));
      return examples;
    };
    return {
      recipe: { data: { ...data, ...writtenFiles(data, paths), choices } },
      train: encode(train),
      eval: encode(files.eval),
      notes,
      models: AutoModelForMultipleChoice,
      collator: dataCollatorForMultipleChoice,
      scores({ predictions, labels }) {
        const found = (predictions as number[][]).map((scores) => scores.indexOf(Math.max(...scores)));
        return { eval: { accuracy: accuracy(found, labels as number[]) } };
      },
    };
  },
  (model) => `AutoModelForMultipleChoice.fromPretrained('${model}')`,
);

/** The column of choices, or the columns of one each, by their usual names. */
function choicesIn(path: string, rows: readonly FileRow[]): string | string[] {
  const columns = Object.keys(rows[0]!).filter((name) => /^(choice|ending)_?\d+$/.test(name));
  return columns.length >= 2 ? columns : columnIn(path, rows, undefined, ['choices', 'choice0']);
}
