import type { BatchArray, DataCollator } from '../batch.js';
import { dataCollatorWithPadding, type PaddingCollatorOptions } from './data_collator_with_padding.js';
import { ExampleError, shown } from './example_error.js';
import { type Fields, isList } from './pad_field.js';

/** Fields of an example that have an axis of choices and one of tokens. */
const TOKEN_FIELDS = ['inputIds', 'attentionMask', 'tokenTypeIds'] as const;

/**
 * Collates examples of C texts each, such as the choices of `encodeChoices`: `inputIds`, `attentionMask` (made where it is
 * missing) and `tokenTypeIds` are padded to (B, C, T); all other fields are stacked, as `dataCollatorWithPadding` does.
 *
 * @throws RangeError naming the example if it has other than as many texts as the first; as `dataCollatorWithPadding`.
 * @see https://huggingface.co/docs/transformers/main_classes/data_collator
 */
export function dataCollatorForMultipleChoice(options: PaddingCollatorOptions = {}): DataCollator<object> {
  const collator = dataCollatorWithPadding(options);
  return {
    lengths(example) {
      const texts = textsOf(example as Fields, 0);
      return [Math.max(...texts.map((text) => collator.lengths(text)[0]!))];
    },
    collate(examples, lengths) {
      const texts = examples.map((example, row) => textsOf(example as Fields, row));
      const count = texts[0]!.length;
      const other = texts.findIndex(({ length }) => length !== count);
      if (other >= 0) {
        throw new ExampleError(
          other,
          `must have ${count} inputIds, as others do, but has ${texts[other]!.length}`,
        );
      }
      const rest = collator.collate(
        examples.map((example) => without(example as Fields)),
        [],
      );
      const flat = namingRows(count, () => collator.collate(texts.flat(), lengths));
      const split = ({ shape: [, length], values }: BatchArray): BatchArray => {
        return { shape: [examples.length, count, length!], values };
      };
      const tokens = Object.entries(flat.inputs).map(([name, array]) => [name, split(array)] as const);
      return { ...rest, inputs: { ...Object.fromEntries(tokens), ...rest.inputs }, tokens: flat.tokens };
    },
  };
}

/** Each text of an example as an example of its own. */
function textsOf(example: Fields, row: number): Fields[] {
  const { inputIds } = example;
  if (!isList(inputIds) || inputIds.length === 0) {
    throw new ExampleError(row, `must have lists as inputIds, but has ${shown(inputIds)}`);
  }
  return Array.from(inputIds, (_, choice) => {
    const fields = TOKEN_FIELDS.filter((name) => example[name] !== undefined);
    return Object.fromEntries(fields.map((name) => [name, (example[name] as ArrayLike<unknown>)[choice]]));
  });
}

function without(example: Fields): Fields {
  return Object.fromEntries(
    Object.entries(example).filter(([name]) => !(TOKEN_FIELDS as readonly string[]).includes(name)),
  );
}

/** An example that is refused is that of all its texts. */
function namingRows<R>(count: number, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExampleError)) throw error;
    throw new ExampleError(Math.floor(error.row / count), error.rule);
  }
}
