import { shown } from './collators/example_error.js';
import type { TextTokenizer } from './encode_texts.js';
import { checkLength, encodeOptionsOf, type LengthLimitOptions } from './length_limit.js';
import { columnOf, type Row, textOf } from './row_columns.js';
import { placeOf } from './row_places.js';

export interface EncodeChoicesOptions extends LengthLimitOptions {
  readonly tokenizer: TextTokenizer;
  /** The column of the questions. */
  readonly text: string;
  /** The column of lists of choices, or the columns of one choice each. */
  readonly choices: string | readonly string[];
  /** The column of the right choice's number, from 0; `label` by default, null for none. */
  readonly label?: string | null | undefined;
}

/** A question with each of its C choices as token ids, and the right one. */
export interface ChoicesExample {
  /** (C, T), each of its own length. */
  readonly inputIds: readonly ArrayLike<number>[];
  /** (C, T), the segment of each token. */
  readonly tokenTypeIds: readonly ArrayLike<number>[];
  readonly labels?: number;
}

/**
 * Encodes rows of a question and choices, each choice as a pair with the question, for `dataCollatorForMultipleChoice`.
 *
 * @throws RangeError or TypeError naming the row, from 0: if it lacks a column, a text is none, it has other than as many choices
 *   as the first, fewer than two, no such choice as its label, or a choice is longer than maxLength.
 * @example
 * const rows = [{ question: 'two and two ?', choice0: 'four', choice1: 'five', label: 0 }];
 * encodeChoices(rows, { tokenizer, text: 'question', choices: ['choice0', 'choice1'] })[0].labels; // => 0
 */
export function encodeChoices(rows: readonly object[], options: EncodeChoicesOptions): ChoicesExample[] {
  const { tokenizer, text, choices: columns, label = 'label' } = options;
  const encodeOptions = encodeOptionsOf(options);
  let count: number | undefined;
  return rows.map((object, index) => {
    const row = object as Row;
    const question = textOf(row, index, text);
    const choices = choicesOf(row, index, columns);
    count ??= choices.length;
    if (choices.length !== count) {
      const [place, first] = [placeOf(row, index), placeOf(rows[0]!, 0)];
      throw new RangeError(`${place} must have ${count} choices, as ${first}, but has ${choices.length}`);
    }
    const encodings = choices.map((pair) => {
      const { ids, typeIds } = tokenizer.encode(question, { ...encodeOptions, pair });
      checkLength(ids, placeOf(row, index), options);
      return { ids, typeIds: typeIds ?? new Int32Array(ids.length) };
    });
    return {
      inputIds: encodings.map(({ ids }) => ids),
      tokenTypeIds: encodings.map(({ typeIds }) => typeIds),
      ...(label !== null && { labels: choiceOf(row, index, label, count) }),
    };
  });
}

function choicesOf(row: Row, index: number, columns: string | readonly string[]): string[] {
  if (typeof columns !== 'string') {
    if (columns.length < 2)
      throw new RangeError(`choices must be columns of two at least, but are ${columns.length}`);
    return columns.map((column) => textOf(row, index, column));
  }
  const choices = columnOf(row, index, columns);
  const areTexts = Array.isArray(choices) && choices.every((choice) => typeof choice === 'string');
  if (areTexts && choices.length > 1) return choices;
  throw new TypeError(
    `${columns} of ${placeOf(row, index)} must be a list of texts, two at least, but is ${shown(choices)}`,
  );
}

/** The number of the right choice, which tables have as a text. */
function choiceOf(row: Row, index: number, label: string, count: number): number {
  const value = columnOf(row, index, label);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < count) return number;
  throw new RangeError(
    `${label} of ${placeOf(row, index)} must be from 0 to ${count - 1}, a choice, but is ${shown(value)}`,
  );
}
