import type { Padding } from './padding.js';
import type { TokenizerParts } from './tokenizer_parts.js';
import type { Side, Truncation, TruncationStrategy } from './truncation.js';

/** How texts are encoded. What is not given is as the tokenizer's file says. */
export interface EncodeOptions {
  /** Puts the model's special tokens around the text; true if not given. */
  addSpecialTokens?: boolean;
  /** Whether, and which text of a pair, is cut to `maxLength`; true means `longest_first`. */
  truncation?: boolean | TruncationStrategy;
  /**
   * Tokens that a text, or a pair, may have, special ones included; if not given, what the file or the model has. Switches
   * truncation on, unless it is given for padding.
   */
  maxLength?: number;
  /** Tokens that each window of `overflowing` shares with the one before. */
  stride?: number;
  truncationSide?: Side;
  /** `longest` (or true) pads to the longest of the batch, `max_length` to `maxLength`. */
  padding?: boolean | 'longest' | 'max_length';
  /** Rounds the padded length up to a multiple. */
  padToMultipleOf?: number;
  paddingSide?: Side;
  /** Takes special tokens in the text for ordinary text, as one must in texts of strangers. */
  splitSpecialTokens?: boolean;
  /**
   * Takes texts as lists of words, each of which becomes one word whatever the pre-tokenizer makes of it; offsets then
   * count from the start of each word.
   */
  isSplitIntoWords?: boolean;
}

/** What truncation the options ask for, given the tokenizer's. */
export function resolveTruncation(
  options: EncodeOptions,
  { truncation: file, modelMaxLength, truncationSide = file?.side ?? 'right' }: TokenizerParts,
): Truncation | undefined {
  const limited = options.maxLength !== undefined && options.padding !== 'max_length';
  const { truncation = limited || file !== undefined } = options;
  if (truncation === false) return undefined;
  const maxLength = options.maxLength ?? file?.maxLength ?? modelMaxLength;
  if (maxLength === undefined)
    throw new RangeError('truncation needs maxLength, but neither the options nor the tokenizer have it');
  return {
    maxLength: nonNegative('maxLength', maxLength),
    strategy: truncation === true ? (file?.strategy ?? 'longest_first') : truncation,
    stride: nonNegative('stride', options.stride ?? file?.stride ?? 0),
    side: options.truncationSide ?? truncationSide,
  };
}

/**
 * What padding the options ask for, given the tokenizer's.
 *
 * @param fallback what a tokenizer without padding pads with
 */
export function resolvePadding(
  options: EncodeOptions,
  { padding: file, modelMaxLength, paddingSide = file?.side ?? 'right' }: TokenizerParts,
  fallback: () => { id: number; token: string },
): Padding | undefined {
  const { padding = file !== undefined } = options;
  if (padding === false) return undefined;
  const base: Omit<Padding, 'side'> = file ?? { length: 'longest', typeId: 0, ...fallback() };
  return {
    ...base,
    length: paddedLength(padding, options.maxLength, base.length, modelMaxLength),
    multipleOf: positive('padToMultipleOf', options.padToMultipleOf ?? base.multipleOf ?? 1),
    side: options.paddingSide ?? paddingSide,
  };
}

function paddedLength(
  padding: true | 'longest' | 'max_length',
  maxLength: number | undefined,
  file: Padding['length'],
  modelMaxLength: number | undefined,
): Padding['length'] {
  if (padding === 'longest') return 'longest';
  if (padding === true) return file;
  const length = maxLength ?? (file === 'longest' ? modelMaxLength : file);
  if (length === undefined)
    throw new RangeError("padding: 'max_length' needs maxLength, but it is not given");
  return nonNegative('maxLength', length);
}

function nonNegative(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0)
    throw new RangeError(`${name} must be an integer from 0, but is ${value}`);
  return value;
}

function positive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} must be an integer from 1, but is ${value}`);
  return value;
}
