import type { DataCollator } from '../batch.js';
import { collateFields } from './collate_fields.js';
import { checkLabels, checkNumLabels, countLabels } from './labels.js';
import { type Fields, tokenCount } from './pad_field.js';

/** What fields of tokens are padded with. */
export interface PaddingIds {
  /** Fills `inputIds`, 0 by default. */
  readonly padTokenId?: number | undefined;
  /** Fills `tokenTypeIds`, 0 by default. */
  readonly padTokenTypeId?: number | undefined;
}

export interface PaddingCollatorOptions extends PaddingIds {
  /** Fields besides those of tokens that are float32, such as labels of regressions and of several classes at once. */
  readonly floatFields?: readonly string[] | undefined;
  /** How many classes there are, to check the labels by. */
  readonly numLabels?: number | undefined;
}

/**
 * Collates examples of tokens with a label each, and examples without tokens, such as images.
 *
 * `inputIds`, `attentionMask` (made where it is missing), `tokenTypeIds` and `specialTokensMask` are padded at the end:
 * (B, S), int32. All other fields are stacked, numbers to (B), nested lists of the same shape to (B, …): int32, or float32
 * where `floatFields` names them or they come as Float32Array. Without `inputIds` nothing is padded.
 *
 * Items are the int32 labels that are not −100; the examples where labels are floats or none.
 *
 * @throws RangeError naming example, field and value if an example lacks a field that others have, has another shape, text
 *   or null for numbers, fractions in an int32 field, or a label that is neither −100 nor below numLabels.
 * @see https://huggingface.co/docs/transformers/main_classes/data_collator
 * @example
 * const collator = dataCollatorWithPadding();
 * collator.collate([{ inputIds: [5, 6], labels: 1 }], [4]).inputs.attentionMask.values; // => [1, 1, 0, 0]
 */
export function dataCollatorWithPadding(options: PaddingCollatorOptions = {}): DataCollator<object> {
  const { floatFields = [], numLabels } = options;
  checkNumLabels(numLabels);
  const padding = tokenPadding(options);
  const floats = new Set(floatFields);
  return {
    lengths: (example) => ((example as Fields).inputIds === undefined ? [] : [tokenCount(example as Fields)]),
    collate(examples, lengths) {
      const { inputs, tokens } = collateFields(examples as readonly Fields[], lengths[0], padding, floats);
      const { labels } = inputs;
      checkLabels(labels, numLabels);
      const areClasses = labels?.values instanceof Int32Array;
      return { inputs, items: areClasses ? countLabels(labels.values) : examples.length, tokens };
    },
  };
}

/** With what each field of tokens is padded. */
export function tokenPadding({ padTokenId = 0, padTokenTypeId = 0 }: PaddingIds) {
  return { inputIds: padTokenId, tokenTypeIds: padTokenTypeId, specialTokensMask: 1 };
}
