import type { EncodeOptions } from '@chui/tokenizer';
import { shown } from './collators/example_error.js';
import { checkLength, encodeOptionsOf, type LengthLimitOptions } from './length_limit.js';
import { classOf, columnOf, numbersOf, type Row, textOf } from './row_columns.js';
import { placeOf } from './row_places.js';

/** What of a tokenizer is needed here; every `Tokenizer` of @chui/tokenizer has it. */
export interface TextTokenizer {
  encode(
    text: string,
    options?: EncodeOptions & { pair?: string },
  ): { readonly ids: ArrayLike<number>; readonly typeIds?: ArrayLike<number> };
}

export interface EncodeTextsOptions extends LengthLimitOptions {
  readonly tokenizer: TextTokenizer;
  /** The column of the texts. */
  readonly text: string;
  /** The column of second texts, where examples are pairs. */
  readonly textPair?: string | undefined;
  /** The column of the labels, `label` by default; null for none. */
  readonly label?: string | null | undefined;
  /** Names of the classes in their order, if the labels are names or numbers of these; else they are any numbers. */
  readonly labels?: readonly string[] | undefined;
  /** Whether examples say which text a token is of; by default those of pairs do. */
  readonly returnTokenTypeIds?: boolean | undefined;
}

/** A text, or two, as token ids, with its label. */
export interface TextExample {
  readonly inputIds: ArrayLike<number>;
  readonly tokenTypeIds?: ArrayLike<number>;
  /** A class, a number, or a list of these. */
  readonly labels?: number | readonly number[];
}

/**
 * Encodes the rows of a reader for `dataCollatorWithPadding`.
 *
 * @throws RangeError or TypeError naming the row by its file and line, or from 0: if it lacks a column, a text is none, a label is unknown, out of
 *   range or of another type than the first, or it has no token, or more than maxLength.
 * @example
 * const rows = [{ sentence: 'so good', label: 'positive' }];
 * encodeTexts(rows, { tokenizer, text: 'sentence', labels: ['negative', 'positive'] })[0].labels; // => 1
 */
export function encodeTexts(rows: readonly object[], options: EncodeTextsOptions): TextExample[] {
  const encode = textEncoder(options);
  const { label = 'label' } = options;
  const kind = label === null || rows.length === 0 ? undefined : typeof (rows[0] as Row)[label];
  return rows.map((row, index) => {
    const example = encode(row, index);
    const value = kind === undefined ? undefined : (row as Row)[label!];
    if (kind !== undefined && typeof value !== kind) {
      const place = placeOf(row, index);
      const first = placeOf(rows[0]!, 0);
      throw new TypeError(`${label} of ${place} must be a ${kind}, as in ${first}, but is ${shown(value)}`);
    }
    return example;
  });
}

/**
 * The function that encodes one row, for streams and workers: as `encodeTexts`, but that it compares no row with another.
 *
 * @example
 * const encode = textEncoder({ tokenizer, text: 'sentence' });
 * async function* examples() {
 *   let index = 0;
 *   for await (const row of readJsonl('train.jsonl')) yield encode(row, index++);
 * }
 */
export function textEncoder(options: EncodeTextsOptions): (row: object, index: number) => TextExample {
  const { tokenizer, text, textPair, label = 'label', labels } = options;
  const { returnTokenTypeIds = textPair !== undefined } = options;
  const names = labels && numbersOf(labels);
  const encodeOptions = encodeOptionsOf(options);
  return (object, index) => {
    const row = object as Row;
    const first = textOf(row, index, text);
    const pair = textPair === undefined ? {} : { pair: textOf(row, index, textPair) };
    const { ids, typeIds } = tokenizer.encode(first, { ...encodeOptions, ...pair });
    checkLength(ids, placeOf(row, index), options);
    return {
      inputIds: ids,
      ...(returnTokenTypeIds && typeIds && { tokenTypeIds: typeIds }),
      ...(label !== null && {
        labels: labelOf(columnOf(row, index, label), names, `${label} of ${placeOf(row, index)}`),
      }),
    };
  };
}

function labelOf(
  value: unknown,
  names: ReadonlyMap<string, number> | undefined,
  what: string,
): number | readonly number[] {
  if (names) return classOf(value, names, what);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value;
  throw new TypeError(`${what} must be a number, or labels must name the classes, but is ${shown(value)}`);
}
