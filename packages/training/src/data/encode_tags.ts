import { alignWordTags, type EncodeOptions, type Encoding } from '@chui/tokenizer';
import { shown } from './collators/example_error.js';
import { checkLength, encodeOptionsOf, type LengthLimitOptions } from './length_limit.js';
import { classOf, columnOf, numbersOf, type Row } from './row_columns.js';
import { placeOf } from './row_places.js';

/** What of a tokenizer is needed here; every `Tokenizer` of @chui/tokenizer has it. */
export interface WordTokenizer {
  encode(words: readonly string[], options?: EncodeOptions): Encoding;
}

export interface EncodeTagsOptions extends LengthLimitOptions {
  readonly tokenizer: WordTokenizer;
  /** Names of the tags in their order; rows have names, or numbers of these. */
  readonly labels: readonly string[];
  /** The column of the words, `words` by default. */
  readonly words?: string | undefined;
  /** The column of the tags, one a word, `tags` by default. */
  readonly tags?: string | undefined;
  /** Gives its word's tag to each token; if not, tokens of a word after the first get −100. */
  readonly labelAll?: boolean | undefined;
}

/** Words as token ids, and a label for each token. */
export interface TagExample {
  readonly inputIds: readonly number[];
  readonly labels: readonly number[];
}

/**
 * Encodes sentences of words with a tag each, such as `readConll` gives, for `dataCollatorForTokenClassification`: the
 * first token of a word gets its tag; all others, and those that the tokenizer adds, −100.
 *
 * @throws RangeError or TypeError naming the row by its file and line, or from 0: if it lacks a column, words are no texts, tags are unknown or not
 *   as many as words, or it has no token, or more than maxLength.
 * @example
 * const rows = [{ words: ['Ada', 'sleeps'], tags: ['B-PER', 'O'] }];
 * encodeTags(rows, { tokenizer, labels: ['O', 'B-PER'] })[0].labels; // => [-100, 1, 0, -100]
 */
export function encodeTags(rows: readonly object[], options: EncodeTagsOptions): TagExample[] {
  return rows.map(tagEncoder(options));
}

/** The function that encodes one row, for streams and workers: as `encodeTags`. */
export function tagEncoder(options: EncodeTagsOptions): (row: object, index: number) => TagExample {
  const { tokenizer, labels, words: wordColumn = 'words', tags: tagColumn = 'tags', labelAll } = options;
  const names = numbersOf(labels);
  const encodeOptions = { ...encodeOptionsOf(options), isSplitIntoWords: true };
  return (object, index) => {
    const row = object as Row;
    const words = columnOf(row, index, wordColumn);
    if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
      throw new TypeError(
        `${wordColumn} of ${placeOf(row, index)} must be a list of texts, but is ${shown(words)}`,
      );
    }
    const tags = columnOf(row, index, tagColumn);
    if (!Array.isArray(tags) || tags.length !== words.length) {
      const has = Array.isArray(tags) ? tags.length : shown(tags);
      throw new RangeError(
        `${tagColumn} of ${placeOf(row, index)} must be one for each of its ${words.length} words, but are ${has}`,
      );
    }
    const ids = tags.map((tag, word) => classOf(tag, names, `tag of word ${word} of ${placeOf(row, index)}`));
    const encoding = tokenizer.encode(words, encodeOptions);
    checkLength(encoding.ids, placeOf(row, index), options);
    return { inputIds: encoding.ids, labels: alignWordTags(encoding, ids, labelAll ? { labelAll } : {}) };
  };
}
