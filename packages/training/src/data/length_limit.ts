import type { EncodeOptions } from '@chui/tokenizer';
import { positiveInteger } from '../checks.js';

export interface LengthLimitOptions {
  /** Most tokens of an example, those that the tokenizer adds included. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** Cuts what is longer than maxLength, or than the model takes, which is an error otherwise. */
  readonly truncation?: EncodeOptions['truncation'];
}

/** How to encode a row, without padding. @throws RangeError if maxLength is no positive integer. */
export function encodeOptionsOf({ maxLength, truncation }: LengthLimitOptions): EncodeOptions {
  if (maxLength !== undefined) positiveInteger('maxLength', maxLength);
  const limit =
    maxLength === undefined && truncation === undefined ? {} : { truncation: truncation ?? false };
  return { padding: false, ...limit, ...(maxLength !== undefined && { maxLength }) };
}

/** @throws RangeError naming the row by its place if it has no token, or more than maxLength. */
export function checkLength(
  ids: ArrayLike<number>,
  place: string,
  { maxLength = Infinity }: LengthLimitOptions,
) {
  if (ids.length === 0) throw new RangeError(`${place} must have a token, but has none`);
  if (ids.length > maxLength) {
    throw new RangeError(`${place} must have at most ${maxLength} tokens (maxLength), but has ${ids.length}`);
  }
}
