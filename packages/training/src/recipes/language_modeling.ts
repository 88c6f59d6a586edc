import type { CausalLM, DecoderConfig } from '@chui/models';
import { sparseSoftmaxCrossEntropy } from '@chui/runtime';
import {
  cast,
  div,
  maximum,
  mul,
  notEqual,
  reshape,
  type Scalar,
  stack,
  sum,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { IGNORED_LABEL } from '../data/ignored_label.js';
import {
  type LanguageModelScores,
  languageModelScores,
  type TextSize,
} from '../metrics/language_model_scores.js';
import type { ForwardOptions, TrainableModel } from '../trainer/model.js';
import type { Nested } from '../trainer/predictions.js';
import { tokenKindOf } from './translation.js';

/** Windows, as `dataCollatorForCausalWindows` collates them; (B, T) each. */
export interface LanguageModelingInputs {
  readonly inputIds: Tensor;
  /** What follows each token, and −100 where that does not count. */
  readonly shiftLabels: Tensor;
  readonly documentIds?: Tensor | undefined;
}

/**
 * A causal language model that learns from windows of text, as a trainer takes it: the loss is the model's own, and where nothing is
 * trained, what is read back are two sums for each window instead of logits of every token, so that a text of any length is scored.
 */
export class LanguageModeling<C extends DecoderConfig> implements TrainableModel {
  readonly canRecompute = true;

  constructor(private readonly model: CausalLM<C>) {}

  /** `logits`, (B, 2), are sums of each window: losses of the labels that count, and their number. */
  forward(
    { shiftLabels, ...inputs }: LanguageModelingInputs,
    options: ForwardOptions,
  ): { loss: Scalar; logits?: Tensor } {
    return tidy(() => {
      if (options.training) return { loss: this.model.forward({ ...inputs, shiftLabels }, options).loss! };
      const { losses, labels } = sumsOf(this.model.forward(inputs, options).logits, shiftLabels);
      const loss = div(sum(losses), maximum(sum(labels), 1)) as Scalar;
      return { loss, logits: stack([losses, labels], 1) };
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

/** Of each window, (B): the sum of the losses of labels that count, and their number. */
function sumsOf(logits: Tensor, labels: Tensor): { losses: Tensor; labels: Tensor } {
  const [batch, length, classes] = logits.shape as [number, number, number];
  const counted = cast(notEqual(labels, IGNORED_LABEL), 'float32'); // (B, T)
  const known = cast(mul(labels, cast(counted, 'int32')), 'int32');
  const losses = sparseSoftmaxCrossEntropy(reshape(logits, [-1, classes]), reshape(known, [-1])); // (B·T)
  return { losses: sum(mul(reshape(losses, [batch, length]), counted), 1), labels: sum(counted, 1) };
}

/** The scores of the predictions that a `LanguageModeling` gave, of all windows of a text of this size. */
export function languageModelingScores(predictions: readonly Nested[], size: TextSize): LanguageModelScores {
  let [nll, tokens] = [0, 0];
  for (const [losses, labels] of predictions as readonly (readonly [number, number])[]) {
    nll += losses;
    tokens += labels;
  }
  return languageModelScores({ nll, tokens }, size);
}

/** The size of texts together; they have words if most of their lines have blanks. */
export function textSize(texts: readonly string[]): TextSize {
  const encoder = new TextEncoder();
  const bytes = texts.reduce((total, text) => total + encoder.encode(text).length, 0);
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
  if (tokenKindOf(lines) === 'character') return { bytes };
  return { bytes, words: lines.reduce((total, line) => total + line.trim().split(/\s+/).length, 0) };
}
