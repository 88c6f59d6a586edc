import { positiveInteger } from '../checks.js';
import type { Pair } from './pair.js';

/** One source and target as token ids. */
export interface Example {
  /** The source, as the encoder reads it. */
  readonly inputIds: ArrayLike<number>;
  /** The target, as the decoder should say it: the end included, the start not. */
  readonly labels: ArrayLike<number>;
}

/** What of a tokenizer is needed here; every `Tokenizer` of @chui/tokenizer has it. */
export interface Encoder {
  readonly bosTokenId?: number | undefined;
  encode(
    text: string,
    options?: { truncation?: boolean; maxLength?: number },
  ): { readonly ids: ArrayLike<number> };
}

export interface EncodePairsOptions {
  readonly sourceTokenizer: Encoder;
  readonly targetTokenizer: Encoder;
  /** Most tokens of a source or target, those that the tokenizer adds included. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** Cuts what is longer than maxLength, which is an error otherwise. */
  readonly truncation?: boolean | undefined;
}

/**
 * Encodes pairs for training. The start token that the target's tokenizer adds is taken off, for the decoder is given
 * it by `dataCollatorForSeq2Seq`.
 *
 * @throws RangeError naming the pair if one is longer than maxLength, or has no token.
 */
export function encodePairs(pairs: readonly Pair[], options: EncodePairsOptions): Example[] {
  const { sourceTokenizer, targetTokenizer, maxLength, truncation = false } = options;
  if (maxLength !== undefined) positiveInteger('maxLength', maxLength);
  if (truncation && maxLength === undefined) throw new RangeError('truncation must come with maxLength');

  const encode = (tokenizer: Encoder, text: string, name: string): number[] => {
    const ids = Array.from(tokenizer.encode(text, truncation ? { truncation, maxLength } : undefined).ids);
    if (ids.length === 0) throw new RangeError(`${name} must have a token, but is ${JSON.stringify(text)}`);
    if (maxLength !== undefined && ids.length > maxLength) {
      throw new RangeError(
        `${name} must have at most ${maxLength} tokens (maxLength), but has ${ids.length}`,
      );
    }
    return ids;
  };
  return pairs.map(({ source, target }, index) => {
    const labels = encode(targetTokenizer, target, `target of pair ${index}`);
    if (labels[0] === targetTokenizer.bosTokenId) labels.shift();
    if (labels.length === 0)
      throw new RangeError(`target of pair ${index} must have a token besides its start`);
    return { inputIds: encode(sourceTokenizer, source, `source of pair ${index}`), labels };
  });
}
