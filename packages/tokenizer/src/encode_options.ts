import { checkInteger } from './check_integer.js';
import type { Padding } from './padding.js';
import type { TokenizerParts } from './tokenizer_parts.js';
import type { Side, Truncation, TruncationStrategy } from './truncation.js';

/** How texts are encoded. What is not given is as the tokenizer's file says. */
export interface EncodeOptions {
  /** Puts the model's special tokens around the text; true if not given. */
  addSpecialTokens?: boolean | undefined;
  /** Whether, and which text of a pair, is cut to `maxLength`; true means `longest_first`. */
  truncation?: boolean | TruncationStrategy | 'do_not_truncate' | undefined;
  /**
   * Tokens that a text, or a pair, may have, special ones included; if not given, what the model takes (`modelMaxLength`) or
   * the file says. Switches truncation on, unless it is given for padding.
   */
  maxLength?: number | undefined;
  /** Tokens that each window of `overflowing` shares with the one before. */
  stride?: number | undefined;
  truncationSide?: Side | undefined;
  /** `longest` (or true) pads to the longest of the batch, `max_length` to `maxLength`. */
  padding?: boolean | 'longest' | 'max_length' | 'do_not_pad' | undefined;
  /** Rounds the padded length up to a multiple. */
  padToMultipleOf?: number | undefined;
  paddingSide?: Side | undefined;
  /** Takes special tokens in the text for ordinary text, as one must in texts of strangers. */
  splitSpecialTokens?: boolean | undefined;
  /**
   * Takes texts as lists of words, each of which becomes one word whatever the pre-tokenizer makes of it; offsets then
   * count from the start of each word.
   */
  isSplitIntoWords?: boolean | undefined;
}

const flag = [true, false] as const;
const side = ['left', 'right'] as const;

/** Every option with the values that it may have; null for numbers, which are checked where they are used. */
const values: Record<keyof EncodeOptions, readonly (string | boolean)[] | null> = {
  addSpecialTokens: flag,
  truncation: [...flag, 'longest_first', 'only_first', 'only_second', 'do_not_truncate'],
  maxLength: null,
  stride: null,
  truncationSide: side,
  padding: [...flag, 'longest', 'max_length', 'do_not_pad'],
  padToMultipleOf: null,
  paddingSide: side,
  splitSpecialTokens: flag,
  isSplitIntoWords: flag,
};

/** @throws RangeError if an option is unknown, or has a value that it cannot have */
export function checkEncodeOptions(options: EncodeOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const known = Object.hasOwn(values, name) ? values[name as keyof EncodeOptions] : undefined;
    if (known === undefined)
      throw new RangeError(`an option must be one of ${Object.keys(values).join(', ')}, but is ${name}`);
    if (value !== undefined && known?.includes(value) === false)
      throw new RangeError(`${name} must be one of ${known.join(', ')}, but is ${JSON.stringify(value)}`);
  }
}

/** What truncation the options ask for, given the tokenizer's. */
export function resolveTruncation(
  options: EncodeOptions,
  { truncation: file, modelMaxLength, truncationSide = file?.side ?? 'right' }: TokenizerParts,
): Truncation | undefined {
  const { truncation, maxLength = truncation ? (modelMaxLength ?? file?.maxLength) : file?.maxLength } =
    options;
  const limited = options.maxLength !== undefined && options.padding !== 'max_length';
  const cuts = truncation ?? (limited || file !== undefined);
  if (cuts === false || cuts === 'do_not_truncate') return undefined;
  if (maxLength === undefined)
    throw new RangeError('truncation needs maxLength, but neither the options nor the tokenizer have it');
  return {
    maxLength: checkInteger('maxLength', maxLength),
    strategy: cuts === true ? (file?.strategy ?? 'longest_first') : cuts,
    stride: checkInteger('stride', options.stride ?? file?.stride ?? 0),
    side: options.truncationSide ?? truncationSide,
  };
}

/**
 * What padding the options ask for, given the tokenizer's.
 *
 * @param filling what a tokenizer without padding pads with
 */
export function resolvePadding(
  options: EncodeOptions,
  { padding: file, modelMaxLength, paddingSide = file?.side ?? 'right' }: TokenizerParts,
  filling: Padding['filling'],
): Padding | undefined {
  const { padding = file !== undefined } = options;
  if (padding === false || padding === 'do_not_pad') return undefined;
  return {
    length: paddedLength(options, file, modelMaxLength),
    multipleOf: checkInteger('padToMultipleOf', options.padToMultipleOf ?? file?.multipleOf ?? 1, 1),
    side: options.paddingSide ?? paddingSide,
    filling: file?.filling ?? filling,
  };
}

function paddedLength(
  { padding, maxLength }: EncodeOptions,
  file: Padding | undefined,
  modelMaxLength: number | undefined,
): Padding['length'] {
  if (padding === undefined && file) return file.length;
  if (padding !== 'max_length') return 'longest';
  const length = maxLength ?? modelMaxLength ?? (file?.length === 'longest' ? undefined : file?.length);
  if (length === undefined)
    throw new RangeError("padding: 'max_length' needs maxLength, but it is not given");
  return checkInteger('maxLength', length);
}
