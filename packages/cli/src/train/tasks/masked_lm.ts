import { AutoModelForMaskedLM } from '@chui/models';
import {
  accuracy,
  dataCollatorForMaskedLanguageModeling,
  IGNORED_LABEL,
  type MaskableExample,
} from '@chui/training';
import { argMax } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { columnIn } from '../../finetune/columns.js';
import { column, fileFields } from '../../finetune/data_fields.js';
import { defineFineTuning } from '../../finetune/fine_tuning.js';
import { readRows } from '../../finetune/read_rows.js';
import { bothFiles, writtenFiles } from '../../finetune/splits.js';

const fields = {
  data: z.strictObject({
    ...fileFields,
    text: column.optional().describe('The column of the texts; text or sentence by default.'),
  }),
  probability: z
    .number()
    .positive()
    .lt(1)
    .default(0.15)
    .describe('Share of the tokens that are to be guessed.'),
  wholeWords: z.boolean().default(false).describe('Whether all tokens of a word are to be guessed together.'),
};

/** Trains a model on texts as it was trained first: tokens are hidden, and are to be guessed. */
export const maskedLmTask = defineFineTuning(
  'masked-lm',
  fields,
  { learningRate: 5e-5, batchSize: 32, metricForBestModel: 'perplexity', maxLength: 128 },
  async ({ data, probability, wholeWords, seed }, { source, paths, maxLength }) => {
    const files = await bothFiles(data, paths, (path) => readRows(path, [data.text]));
    const { maskTokenId, vocabSize } = source.tokenizer;
    const text = columnIn(files.train.path, files.train.rows, data.text, ['text', 'sentence']);
    const encode = ({ path, rows }: typeof files.train): MaskableExample[] => {
      columnIn(path, rows, text);
      const options = { maxLength, truncation: true, padding: false } as const;
      const examples = rows.flatMap((row) => {
        const first = source.tokenizer.encode(String(row[text]), options);
        // Nothing is lost of long texts.
        return [first, ...first.overflowing].map((encoding) => ({
          inputIds: encoding.ids,
          wordIds: encoding.wordIds.map((word, token) => {
            return encoding.specialTokensMask[token] ? -1 : (word ?? -1);
          }),
        }));
      });
      const maskable = examples.filter(({ wordIds }) => wordIds.some((word) => word >= 0));
      if (maskable.length > 0) return maskable;
      throw new Error(`${path} must have a text of some words, but has none`);
    };
    return {
      recipe: {
        data: { ...data, ...writtenFiles(data, paths), text: data.text ?? text },
        probability,
        wholeWords,
      },
      train: encode(files.train),
      eval: encode(files.eval),
      notes: [],
      models: AutoModelForMaskedLM,
      collator: (padding) =>
        dataCollatorForMaskedLanguageModeling({
          ...padding,
          maskTokenId,
          vocabSize,
          probability,
          wholeWords,
          seed,
        }),
      predictionsOf: ({ logits }) => argMax(logits!, -1),
      hasPerplexity: true,
      scores({ predictions, labels }) {
        const said = (predictions as number[][]).flat();
        const pairs = (labels as number[][])
          .flat()
          .flatMap((label, place) => (label === IGNORED_LABEL ? [] : [[said[place]!, label] as const]));
        return {
          eval: {
            accuracy: accuracy(
              pairs.map(([found]) => found),
              pairs.map(([, label]) => label),
            ),
          },
        };
      },
    };
  },
  (model) => `pipeline('fill-mask', '${model}')`,
);
