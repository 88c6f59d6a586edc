import { joined } from '../pretraining/masked_windows.js';

/** Tokens that documents begin and end with, where the vocabulary has such; if both are one token, it stands between them once. */
export interface DocumentMarks {
  readonly beginTokenId?: number | undefined;
  readonly endTokenId?: number | undefined;
}

/**
 * The tokens of documents one after the other, each behind its beginning and before its end. A mark that is both, as
 * `<|endoftext|>` of GPT-2, also stands before the first and behind the last, so that a first token is told from something too.
 *
 * @example
 * joinDocuments([Int32Array.of(5, 6), Int32Array.of(7)], { beginTokenId: 0, endTokenId: 0 }); // => [0, 5, 6, 0, 7, 0]
 */
export function joinDocuments(
  documents: Iterable<Int32Array>,
  { beginTokenId, endTokenId }: DocumentMarks = {},
): Int32Array {
  const [begin, end] = [beginTokenId, endTokenId].map((id) => (id === undefined ? [] : [Int32Array.of(id)]));
  const isOne = beginTokenId === endTokenId;
  const parts = Array.from(documents, (ids) => [...begin!, ids, ...(isOne ? [] : end!)]).flat();
  return joined(isOne && parts.length > 0 ? [...parts, ...end!] : parts);
}
