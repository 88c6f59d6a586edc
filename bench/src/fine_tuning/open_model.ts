import { openFiles } from '@chui/hub';
import {
  type AutoClass,
  AutoModelForMultipleChoice,
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  type EncoderConfig,
  type Model,
} from '@chui/models';
import {
  type DataCollator,
  dataCollatorForMultipleChoice,
  dataCollatorForTokenClassification,
  dataCollatorWithPadding,
} from '@chui/training';
import type { EncodedExample } from './encode.js';
import type { FineTuning, TaskName } from './options.js';

/** An encoder with the head of a task. */
type TaskModel = Model<EncoderConfig> & { readonly maxTokens: number };

const models = {
  'text-classification': AutoModelForSequenceClassification,
  'token-classification': AutoModelForTokenClassification,
  'question-answering': AutoModelForQuestionAnswering,
  'multiple-choice': AutoModelForMultipleChoice,
} as const satisfies Record<TaskName, unknown>;

/** The model that training begins with; what the directory lacks, or all if it is trained from scratch, is drawn by seed. */
export async function openModel(
  { task, model, fromScratch }: FineTuning,
  config: object,
  seed: number,
): Promise<TaskModel> {
  const auto = models[task] as unknown as AutoClass<TaskModel>;
  const files = await openFiles(model);
  if (!fromScratch) return auto.fromFiles(files, { config: { ...config }, seed });
  const { config: saved } = await auto.readConfig(files);
  return auto.fromConfig({ ...saved, ...config }, { seed });
}

/** What makes batches of a task's examples. */
export function collatorOf(task: TaskName, { config }: TaskModel): DataCollator<EncodedExample> {
  const padding = { padTokenId: config.padTokenId ?? 0 };
  const collators = {
    'text-classification': dataCollatorWithPadding,
    'token-classification': dataCollatorForTokenClassification,
    'question-answering': dataCollatorWithPadding,
    'multiple-choice': dataCollatorForMultipleChoice,
  };
  return collators[task](padding) as DataCollator<EncodedExample>;
}
