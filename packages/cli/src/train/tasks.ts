import { z } from 'zod';
import type { Task } from './task.js';
import { languageModelingTask } from './tasks/language_modeling.js';
import { maskedLmTask } from './tasks/masked_lm.js';
import { multipleChoiceTask } from './tasks/multiple_choice.js';
import { pretrainingTask } from './tasks/pretraining.js';
import { questionAnsweringTask } from './tasks/question_answering.js';
import { similarityTask } from './tasks/similarity.js';
import { textClassificationTask } from './tasks/text_classification.js';
import { tokenClassificationTask } from './tasks/token_classification.js';
import { translationTask } from './tasks/translation.js';

// All tasks; a new one is a file in `tasks/` and a line here.

const fineTunings: Record<string, Task> = {
  'text-classification': textClassificationTask,
  'token-classification': tokenClassificationTask,
  'question-answering': questionAnsweringTask,
  'multiple-choice': multipleChoiceTask,
  'masked-lm': maskedLmTask,
  similarity: similarityTask,
};

const tasks: Record<string, Task> = {
  translation: translationTask,
  ...fineTunings,
  pretraining: pretrainingTask,
  'language-modeling': languageModelingTask,
};

const [first, ...others] = Object.values(tasks).map(({ schema }) => schema);

/** What a recipe may say. */
export const recipeSchema = z.discriminatedUnion('task', [first!, ...others]);

export function taskOf({ task }: { task: string }): Task {
  return tasks[task]!;
}

/** The tasks that train a pretrained model further. */
export const fineTuningTasks = Object.keys(fineTunings);
