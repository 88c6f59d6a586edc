import { AutoModelForQuestionAnswering, type QuestionAnsweringOutput } from '@chui/models';
import {
  type AnswerLogits,
  bestAnswers,
  dataCollatorWithPadding,
  encodeQuestions,
  squad,
  strideFor,
} from '@chui/training';
import { stack } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { ofFile } from '../../finetune/columns.js';
import { fileFields } from '../../finetune/data_fields.js';
import { defineFineTuning } from '../../finetune/fine_tuning.js';
import { readQuestions } from '../../finetune/read_questions.js';
import { bothFiles, writtenFiles } from '../../finetune/splits.js';

const count = z.int().min(1);

const fields = {
  data: z.strictObject(fileFields),
  stride: z
    .int()
    .min(0)
    .optional()
    .describe(
      'Tokens that a window of a long context shares with the one before; a third of maxLength by default.',
    ),
  nBest: count.default(20).describe('How many beginnings of an answer are tried with as many ends.'),
  maxAnswerLength: count.default(30).describe('Most tokens of an answer.'),
};

/** Trains a model that finds answers in contexts, as of SQuAD, 1 or 2. */
export const questionAnsweringTask = defineFineTuning(
  'question-answering',
  fields,
  { learningRate: 3e-5, batchSize: 16, metricForBestModel: 'f1', maxLength: 384 },
  async ({ data, nBest, maxAnswerLength, ...recipe }, { source, paths, maxLength }) => {
    const { stride = strideFor(maxLength) } = recipe;
    const files = await bothFiles(data, paths, readQuestions);
    const { tokenizer } = source;
    const encode = ({ path, rows }: typeof files.train) =>
      ofFile(path, () => encodeQuestions(rows, { tokenizer, maxLength, stride }));
    const train = encode(files.train);
    const { examples, windows } = encode(files.eval);
    const questions = files.eval.rows;
    const contexts = questions.map(({ context }) => context);
    const references = questions.map(({ answers }) =>
      answers.length > 0 ? answers.map(({ text }) => text) : [''],
    );
    const version2 = questions.some(({ answers }) => answers.length === 0);
    return {
      recipe: { data: writtenFiles(data, paths), stride, nBest, maxAnswerLength },
      train: train.examples,
      eval: examples,
      counts: { train: files.train.rows.length, eval: questions.length, windows: train.examples.length },
      notes: [],
      models: AutoModelForQuestionAnswering,
      collator: dataCollatorWithPadding,
      predictionsOf(output) {
        const { startLogits, endLogits } = output as QuestionAnsweringOutput;
        return stack([startLogits, endLogits], 1); // (B, 2, T)
      },
      scores({ predictions }) {
        const logits = predictions as unknown as AnswerLogits[];
        const options = { nBest, maxAnswerLength, mayHaveNone: version2 };
        const answers = bestAnswers(contexts, windows, logits, options);
        return { eval: { ...squad(answers, references, { version2 }) } };
      },
    };
  },
);
