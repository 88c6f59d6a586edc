import { z } from 'zod';
import { AutoModelForSequenceClassification } from '../auto/auto_models.js';
import type { TextClassifier } from '../auto/model_kinds.js';
import { positiveInteger } from '../config.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import {
  checkText,
  choice,
  commonOptions,
  flag,
  labelsOf,
  oneOrMany,
  type PipelineBase,
  softmax,
  type TaskDefinition,
} from './pipeline_task.js';
import { TextRunner } from './text_runner.js';

/** A text, or a pair of texts, such as a premise and a hypothesis. */
export type ClassifiedText = string | { text: string; textPair: string };

/** A class of a text. */
export interface TextLabel {
  /** Its name in the model's `id2label`. */
  label: string;
  score: number;
}

const schema = z.object({
  ...commonOptions,
  /** How many classes are given, the likeliest first; null for all of them. Default: the likeliest. */
  topK: positiveInteger.nullish(),
  /**
   * What makes logits into scores. Default: `none` of a regression; `sigmoid` if the classes do not exclude each other, or there
   * is one; else `softmax`.
   */
  functionToApply: choice(['softmax', 'sigmoid', 'none']).optional(),
  /** Whether texts that are too long are cut, of pairs the longer one first; else they are an error. Default true. */
  truncation: flag.default(true),
});

/** Options of a call. */
export type TextClassificationOptions = z.input<typeof schema>;

type WithTopK = TextClassificationOptions & { topK: number | null };

/** Classifies texts: a text gives a list of its classes; texts give one class each, or with `topK` a list each. */
export interface TextClassificationPipeline extends PipelineBase<TextClassifier> {
  (input: ClassifiedText, options?: TextClassificationOptions): Promise<TextLabel[]>;
  (inputs: readonly ClassifiedText[], options: WithTopK): Promise<TextLabel[][]>;
  (inputs: readonly ClassifiedText[], options?: TextClassificationOptions): Promise<TextLabel[]>;
}

/** @see TextClassificationPipeline in Hugging Face's library, whose results these are */
export const textClassification: TaskDefinition<TextClassifier, typeof schema> = {
  task: 'text-classification',
  kinds: [SequenceClassification, CausalClassification],
  auto: AutoModelForSequenceClassification,
  schema,
  make(model, tokenizer) {
    const runner = new TextRunner(model, tokenizer, (batch) => ({ logits: model.forward(batch).logits }));
    const labels = labelsOf(model);
    return {
      async run(input, { topK, functionToApply = defaultFunction(model), truncation, batchSize }) {
        const classify = async (inputs: readonly ClassifiedText[]) => {
          const encodings = inputs.map((each) => {
            if (typeof each !== 'object') return runner.encode(checkText('text', each), { truncation });
            const pair = checkText('textPair', each?.textPair);
            return runner.encode(checkText('text', each?.text), { pair, truncation });
          });
          const rows = await runner.run(encodings, { batchSize });
          return rows.map(({ logits }) =>
            functions[functionToApply](logits.data)
              .map((score, id) => ({ label: labels[id]!, score }))
              .sort((a, b) => b.score - a.score)
              .slice(0, topK === undefined ? 1 : (topK ?? labels.length)),
          );
        };
        const results = await oneOrMany(input as ClassifiedText | ClassifiedText[], classify);
        return Array.isArray(input) && topK === undefined ? results.flat() : results;
      },
      dispose: () => runner.dispose(),
    };
  },
};

const functions = {
  softmax,
  sigmoid: (logits: Float32Array) => Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit))),
  none: (logits: Float32Array) => Array.from(logits),
};

function defaultFunction({ config: { problemType }, numLabels }: TextClassifier) {
  if (problemType === 'regression') return 'none';
  return problemType === 'multi_label_classification' || numLabels === 1 ? 'sigmoid' : 'softmax';
}
