import { z } from 'zod';
import { AutoModelForSequenceClassification } from '../auto/auto_models.js';
import type { TextClassifier } from '../auto/model_kinds.js';
import { CausalClassification } from '../decoder/causal_classification.js';
import { SequenceClassification } from '../encoder/heads/sequence_classification.js';
import { shown } from '../shown.js';
import {
  checkFilledText,
  commonOptions,
  flag,
  oneOrMany,
  type PipelineBase,
  softmax,
  type TaskDefinition,
} from './pipeline_task.js';
import { TextRunner } from './text_runner.js';

/** How well each of the candidates fits a text. */
export interface ZeroShotResult {
  sequence: string;
  /** The candidates, the likeliest first. */
  labels: string[];
  /** The score of each of `labels`. */
  scores: number[];
}

const template = 'must be a text with {} where the label goes';
const candidates = z.union(
  [z.string().transform((labels) => labels.split(',').map((label) => label.trim())), z.array(z.string())],
  'must be labels, or one text of labels with commas between',
);

const schema = z.object({
  ...commonOptions,
  /** The classes to choose from: a list, or a text with commas between them. */
  candidateLabels: candidates
    .transform((labels) => labels.filter((label) => label !== ''))
    .refine((labels) => labels.length > 0, 'must have at least one label'),
  /** What makes a label into a statement about the text. Default `This example is {}.` */
  hypothesisTemplate: z
    .string(template)
    .refine((text) => text.includes('{}'), template)
    .default('This example is {}.'),
  /**
   * Whether several labels may fit: each gets the probability that it does, of entailment against contradiction. Default false:
   * the scores sum to 1.
   */
  multiLabel: flag.default(false),
});

/** Options of a call, and of the pipeline. */
export type ZeroShotOptions = Partial<Omit<z.input<typeof schema>, 'candidateLabels'>>;

/** Classifies texts by labels that are given with each call. */
export interface ZeroShotClassificationPipeline extends PipelineBase<TextClassifier> {
  (
    text: string,
    candidateLabels: string | readonly string[],
    options?: ZeroShotOptions,
  ): Promise<ZeroShotResult>;
  (
    texts: readonly string[],
    candidateLabels: string | readonly string[],
    options?: ZeroShotOptions,
  ): Promise<ZeroShotResult[]>;
}

/**
 * Each label is a hypothesis about the text, and its score the model's logit for entailment. The model must be trained on natural
 * language inference, and one of the classes of its `label2id` must begin with `entail`.
 *
 * @see Yin et al. (2019), https://arxiv.org/abs/1909.00161; ZeroShotClassificationPipeline in Hugging Face's library, whose results
 *   these are
 */
export const zeroShotClassification: TaskDefinition<TextClassifier, typeof schema> = {
  task: 'zero-shot-classification',
  kinds: [SequenceClassification, CausalClassification],
  auto: AutoModelForSequenceClassification,
  schema,
  second: 'candidateLabels',
  make(model, tokenizer) {
    const entailment = entailmentId(model);
    const contradiction = entailment === 0 ? model.numLabels - 1 : 0;
    const runner = new TextRunner(model, tokenizer, (batch) => ({ logits: model.forward(batch).logits }));
    return {
      async run(input, { candidateLabels, hypothesisTemplate, multiLabel, batchSize }) {
        const hypotheses = candidateLabels.map((label) => hypothesisTemplate.split('{}').join(label));
        const count = hypotheses.length;
        for (const pair of hypotheses) checkRoom(pair, runner);
        const classify = async (texts: readonly string[]) => {
          const encodings = texts.flatMap((text) =>
            hypotheses.map((pair) =>
              runner.encode(checkFilledText('text', text), { pair, truncation: 'only_first' }),
            ),
          );
          const rows = await runner.run(encodings, { batchSize });
          return texts.map((sequence, i) => {
            const logits = rows.slice(i * count, (i + 1) * count).map((row) => row.logits.data);
            const scores =
              multiLabel || count === 1
                ? logits.map((row) => softmax([row[contradiction]!, row[entailment]!])[1]!)
                : softmax(logits.map((row) => row[entailment]!));
            const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || b - a);
            return {
              sequence,
              labels: order.map((id) => candidateLabels[id]!),
              scores: order.map((id) => scores[id]!),
            };
          });
        };
        return oneOrMany(input as string | string[], classify);
      },
      dispose: () => runner.dispose(),
    };
  },
};

/** @throws RangeError if a hypothesis leaves no token for the text. */
function checkRoom(pair: string, { tokenizer, maxLength }: TextRunner<'logits'>): void {
  const { length } = tokenizer.encode('', { pair, padding: false, truncation: false });
  if (length < maxLength) return;
  throw new RangeError(
    `candidateLabels must leave room for the text in the model's ${maxLength} tokens, but ${shown(pair)} takes ${length}`,
  );
}

function entailmentId({ config, numLabels }: TextClassifier): number {
  const labels = Object.entries(config.label2id ?? {});
  const id = labels.find(([label]) => label.toLowerCase().startsWith('entail'))?.[1];
  if (id !== undefined && numLabels > 1) return id;
  const names = labels.map(([label]) => label).join(', ') || 'none';
  throw new RangeError(
    `zero-shot-classification: label2id of the model must have a class whose name begins with "entail", but has ${names}`,
  );
}
