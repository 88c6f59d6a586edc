import type { DataCollator } from '../batch.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import { collateFields } from './collate_fields.js';
import type { TokenExample } from './data_collator_for_token_classification.js';
import { type PaddingIds, tokenPadding } from './data_collator_with_padding.js';
import { countLabels } from './labels.js';
import { type Fields, tokenCount } from './pad_field.js';

export interface LanguageModelingOptions extends PaddingIds {
  /** Whether masked tokens are to be guessed; false, each token from those before it, is what there is. */
  readonly mlm: false;
}

const NO_FLOATS: ReadonlySet<string> = new Set();

/**
 * Collates examples of tokens for causal language models: `labels` are the `inputIds`, with −100 at padding and where an
 * attentionMask is 0, (B, S). An example with `labels` of its own, one a token, keeps them: −100 leaves out what is only
 * to be read, such as a prompt.
 *
 * Labels stand below their own tokens, as in Hugging Face's: the model shifts them, and compares what it says at a token
 * with the label of the next. Items are thus the labels that are not −100 without the first of each example, which
 * nothing comes before: the ones that the loss is the mean of.
 *
 * @throws RangeError if mlm is not false; as `dataCollatorWithPadding`.
 * @see https://huggingface.co/docs/transformers/main_classes/data_collator
 */
export function dataCollatorForLanguageModeling(
  options: LanguageModelingOptions,
): DataCollator<TokenExample> {
  if (options.mlm !== false) throw new RangeError(`mlm must be false, but is ${options.mlm}`);
  const padding = { ...tokenPadding(options), labels: IGNORED_LABEL };
  return {
    lengths: (example) => [tokenCount(example as object as Fields)],
    collate(examples, lengths) {
      const length = lengths[0]!;
      const fields = examples as readonly object[] as readonly Fields[];
      const { inputs, tokens } = collateFields(fields, length, padding, NO_FLOATS);
      inputs.labels ??= { shape: inputs.inputIds!.shape, values: labelsOf(inputs) };
      return { inputs, items: countLabels(inputs.labels.values, length, 1), tokens };
    },
  };
}

function labelsOf(inputs: ReturnType<typeof collateFields>['inputs']): Int32Array {
  const labels = Int32Array.from(inputs.inputIds!.values);
  const mask = inputs.attentionMask!.values;
  for (let at = 0; at < labels.length; at++) if (mask[at] === 0) labels[at] = IGNORED_LABEL;
  return labels;
}
