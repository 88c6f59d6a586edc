import type { DataCollator } from '../batch.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import { collateFields } from './collate_fields.js';
import { type PaddingCollatorOptions, tokenPadding } from './data_collator_with_padding.js';
import { checkLabels, checkNumLabels, countLabels } from './labels.js';
import { type Fields, tokenCount } from './pad_field.js';

/** An example of tokens; it may have other fields. */
export interface TokenExample {
  readonly inputIds: ArrayLike<number>;
}

/**
 * Collates examples with a label for each token: as `dataCollatorWithPadding`, and `labels` are padded with −100: (B, S).
 * Items are the labels that are not −100.
 *
 * @throws RangeError if an example has other than one label a token; as `dataCollatorWithPadding`.
 */
export function dataCollatorForTokenClassification(
  options: PaddingCollatorOptions = {},
): DataCollator<TokenExample> {
  const { floatFields = [], numLabels } = options;
  checkNumLabels(numLabels);
  const padding = { ...tokenPadding(options), labels: IGNORED_LABEL };
  const floats = new Set(floatFields);
  return {
    lengths: (example) => [tokenCount(example as object as Fields)],
    collate(examples, [length]) {
      const fields = examples as readonly object[] as readonly Fields[];
      const { inputs, tokens } = collateFields(fields, length!, padding, floats);
      checkLabels(inputs.labels, numLabels);
      const items = inputs.labels ? countLabels(inputs.labels.values) : tokens;
      return { inputs, items, tokens };
    },
  };
}
