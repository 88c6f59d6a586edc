import type { Encoding } from '../encoding.js';

/** A part of a text as half-open UTF-16 indices: `text.slice(start, end)`. */
export interface TextSpan {
  start: number;
  end: number;
}

/** A part of an encoding by its first and its last token, as models of question answering are trained to name it. */
export interface TokenSpan {
  startToken: number;
  endToken: number;
}

/**
 * The tokens of an answer: the fewest that hold it. Undefined if part of it lies outside the window that the encoding
 * is, as happens with `overflowing`, or no token stands for it.
 *
 * @param answer where the answer stands in the text, without white space around it
 * @param sequence the text it is in: 0, or 1 for the pair
 * @throws RangeError if the answer is empty
 */
export function alignAnswer(
  encoding: Encoding,
  { start, end }: TextSpan,
  sequence: 0 | 1,
): TokenSpan | undefined {
  if (!(start < end)) throw new RangeError(`answer must not be empty, but is ${start} to ${end}`);
  const { offsets, sequenceIds } = encoding;
  const first = sequenceIds.indexOf(sequence);
  const last = sequenceIds.lastIndexOf(sequence);
  if (first === -1 || start < offsets[first]![0] || end > offsets[last]![1]) return undefined;
  let startToken = first;
  while (offsets[startToken]![1] <= start) startToken++;
  let endToken = last;
  while (offsets[endToken]![0] >= end) endToken--;
  return startToken <= endToken ? { startToken, endToken } : undefined;
}

/**
 * The part of a text that tokens stand for; undefined if they are in the wrong order, or not both of this text.
 *
 * @param endToken the last token
 * @param sequence which text it is: 0, or 1 for the pair
 */
export function answerText(
  encoding: Encoding,
  text: string,
  startToken: number,
  endToken: number,
  sequence: 0 | 1,
): string | undefined {
  const start = encoding.tokenToChars(startToken);
  const end = encoding.tokenToChars(endToken);
  const areOfText = [startToken, endToken].every((token) => encoding.tokenToSequence(token) === sequence);
  if (!start || !end || !areOfText || startToken > endToken) return undefined;
  return text.slice(start[0], end[1]);
}
