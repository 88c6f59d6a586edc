import type { EncodeOptions } from './encode_options.js';

/** A text, or the words of one. */
export type TextOrWords = string | readonly string[];

/** A text, or a pair of texts. */
export type TextInput = TextOrWords | readonly [text: TextOrWords, pair: TextOrWords];

/** The one or two texts of an input; a list of strings is a pair unless texts are lists of words. */
export function textsOf(
  input: TextInput,
  { isSplitIntoWords = false }: EncodeOptions,
): readonly TextOrWords[] {
  if (typeof input === 'string') return [input];
  if (isSplitIntoWords && !Array.isArray(input[0])) return [input as readonly string[]];
  if (input.length !== 2) throw new TypeError(`a pair must be two texts, but is a list of ${input.length}`);
  return input;
}
