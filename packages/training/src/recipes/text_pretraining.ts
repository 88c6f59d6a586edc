import type { EncoderConfig, EncoderOutput, MaskedLM, PairPretraining } from '@chui/models';
import { sparseSoftmaxCrossEntropy } from '@chui/runtime';
import {
  argMax,
  cast,
  equal,
  mul,
  notEqual,
  reshape,
  type Scalar,
  stack,
  sum,
  type Tensor,
  tidy,
  type Variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { IGNORED_LABEL } from '../data/ignored_label.js';
import type { ForwardOptions, TrainableModel } from '../trainer/model.js';
import type { Nested } from '../trainer/predictions.js';

/** Examples with hidden tokens, as `dataCollatorForMaskedLanguageModeling` makes them, and pairs where the model has both. */
export interface TextPretrainingInputs {
  /** (B, T). */
  readonly inputIds: Tensor;
  readonly attentionMask: Tensor;
  readonly tokenTypeIds?: Tensor | undefined;
  /** (B, T), the hidden tokens, and −100 elsewhere. */
  readonly labels: Tensor;
  /** (B), of a model that learns pairs too. */
  readonly nextSentenceLabel?: Tensor | undefined;
}

/** How well a model guesses. */
export interface TextPretrainingScores {
  /** Of the hidden tokens. */
  readonly perplexity: number;
  /** Share of the hidden tokens that are guessed. */
  readonly accuracy: number;
  /** Where the loss is of pairs too: the mean cross-entropy of the hidden tokens alone. */
  readonly maskedLoss?: number;
  /** Share of the pairs of which it is said rightly whether they follow each other. */
  readonly nextSentenceAccuracy?: number;
}

type Pretrained<C extends EncoderConfig> = MaskedLM<C> | PairPretraining<C, EncoderOutput>;

/**
 * A model that learns from plain text, as a trainer takes it: the loss is the model's own, and where nothing is trained, what
 * is read back are a few counts of each example instead of logits of every token.
 */
export class TextPretraining<C extends EncoderConfig> implements TrainableModel {
  readonly canRecompute = true;

  constructor(private readonly model: Pretrained<C>) {}

  /** `logits`, (B, 4), are sums of each example: losses of hidden tokens, their number, how many are guessed, and pairs. */
  forward(inputs: TextPretrainingInputs, options: ForwardOptions): { loss?: Scalar; logits?: Tensor } {
    return tidy(() => {
      const output = (this.model as MaskedLM).forward(inputs, options) as Output;
      const { loss } = output;
      return { ...(loss && { loss }), ...(!options.training && { logits: countsOf(output, inputs) }) };
    });
  }

  trainableVariables(): Variable[] {
    return this.model.trainableVariables();
  }

  namedParameters(): [name: string, parameter: Variable][] {
    return this.model.namedParameters();
  }

  movingVariables(): Variable[] {
    return this.model.movingVariables();
  }

  configFile(): string {
    return this.model.configFile();
  }
}

/** What either kind of model gives. */
interface Output {
  readonly loss?: Scalar;
  readonly logits?: Tensor;
  readonly predictionLogits?: Tensor;
  readonly seqRelationshipLogits?: Tensor;
}

function countsOf(output: Output, { labels, nextSentenceLabel }: TextPretrainingInputs): Tensor {
  const logits = (output.predictionLogits ?? output.logits)!; // (B, T, V)
  const [batch, length, classes] = logits.shape as [number, number, number];
  const counted = cast(notEqual(labels, IGNORED_LABEL), 'float32'); // (B, T)
  const known = cast(mul(labels, cast(counted, 'int32')), 'int32');
  const losses = sparseSoftmaxCrossEntropy(reshape(logits, [-1, classes]), reshape(known, [-1]));
  const right = (said: Tensor, due: Tensor) => cast(equal(cast(said, 'int32'), due), 'float32');
  const hidden = sum(counted, 1); // (B)
  const pairs = output.seqRelationshipLogits;
  return stack(
    [
      sum(mul(reshape(losses, [batch, length]), counted), 1),
      hidden,
      sum(mul(right(argMax(logits, -1), labels), counted), 1),
      pairs && nextSentenceLabel ? right(argMax(pairs, -1), nextSentenceLabel) : zerosLike(hidden),
    ],
    1,
  );
}

/**
 * The scores of the predictions that a `TextPretraining` gave.
 *
 * @param hasPairs whether the model learns pairs
 */
export function textPretrainingScores(
  predictions: readonly Nested[],
  { hasPairs }: { hasPairs: boolean },
): TextPretrainingScores {
  const rows = predictions as readonly (readonly [number, number, number, number])[];
  const total = (column: 0 | 1 | 2 | 3) => rows.reduce((sum, row) => sum + row[column], 0);
  const hidden = Math.max(1, total(1));
  const maskedLoss = total(0) / hidden;
  return {
    perplexity: Math.exp(maskedLoss),
    accuracy: total(2) / hidden,
    ...(hasPairs && { maskedLoss, nextSentenceAccuracy: total(3) / Math.max(1, rows.length) }),
  };
}
