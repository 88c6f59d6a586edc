import type { DataCollator } from '../batch.js';
import type { Example } from '../examples.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import { sum } from './collate_fields.js';
import { ExampleError } from './example_error.js';
import { type Fields, isList, maskField, padField, tokenCounts } from './pad_field.js';

export interface Seq2SeqCollatorOptions {
  readonly padTokenId: number;
  readonly decoderStartTokenId: number;
  /** Fills `labels`, −100 by default. */
  readonly labelPadTokenId?: number | undefined;
}

/**
 * Collates sources and targets for encoder-decoders: `inputIds` and `attentionMask` (B, S); `decoderInputIds`, the start
 * token and then the labels but the last, and `labels` (B, T). Other fields are left out. Two lengths are padded, S and T.
 * Tokens are those of sources and targets, items the labels that are not labelPadTokenId.
 *
 * @throws RangeError naming the example if it lacks a source or a target token, or an id is no integer.
 * @see https://huggingface.co/docs/transformers/main_classes/data_collator
 */
export function dataCollatorForSeq2Seq(options: Seq2SeqCollatorOptions): DataCollator<Example> {
  const { padTokenId, decoderStartTokenId, labelPadTokenId = IGNORED_LABEL } = options;
  return {
    lengths: ({ inputIds, labels }) => [inputIds?.length, labels?.length].map(hasToken),
    collate(examples, lengths) {
      const [sourceLength, targetLength] = lengths as [number, number];
      const fields = examples as readonly object[] as readonly Fields[];
      const size = examples.length;
      const sources = tokenCounts(fields, sourceLength);
      const targets = labelCounts(examples, targetLength);
      const labels = padField(fields, 'labels', targets, targetLength, labelPadTokenId);
      const decoderInputIds = new Int32Array(size * targetLength).fill(padTokenId);
      let items = 0;
      for (let row = 0; row < size; row++) {
        const start = row * targetLength;
        const last = start + targets[row]! - 1;
        decoderInputIds[start] = decoderStartTokenId;
        for (let at = start; at <= last; at++) {
          const isLeftOut = labels[at] === labelPadTokenId;
          if (!isLeftOut) items++;
          if (at < last) decoderInputIds[at + 1] = isLeftOut ? padTokenId : labels[at]!;
        }
      }
      const source = [size, sourceLength];
      const target = [size, targetLength];
      return {
        inputs: {
          inputIds: {
            shape: source,
            values: padField(fields, 'inputIds', sources, sourceLength, padTokenId),
          },
          attentionMask: { shape: source, values: maskField(fields, sources, sourceLength) },
          decoderInputIds: { shape: target, values: decoderInputIds },
          labels: { shape: target, values: labels },
        },
        items,
        tokens: sum(sources) + sum(targets),
      };
    },
  };
}

function hasToken(length: number | undefined): number {
  if (!length) throw new ExampleError(0, 'must have a source and a target token');
  return length;
}

function labelCounts(examples: readonly Example[], length: number): Int32Array {
  const counts = new Int32Array(examples.length);
  for (let row = 0; row < counts.length; row++) {
    const { labels } = examples[row]!;
    if (!isList(labels) || labels.length === 0) {
      throw new ExampleError(row, 'must have a source and a target token');
    }
    if (labels.length > length) {
      throw new ExampleError(
        row,
        `must be no longer than the length given, ${length}, but has ${labels.length} labels`,
      );
    }
    counts[row] = labels.length;
  }
  return counts;
}
