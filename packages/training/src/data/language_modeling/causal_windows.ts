import { positiveInteger } from '../../checks.js';
import { IGNORED_LABEL } from '../ignored_label.js';
import type { DocumentMarks } from './join_documents.js';

/** A window of tokens, as an example for causal language models. */
export interface CausalWindow {
  readonly inputIds: Int32Array;
  /** What follows each of them, −100 where that does not count. */
  readonly shiftLabels: Int32Array;
  /** The document of each token, where it shall see its own one alone. */
  readonly documentIds?: Int32Array;
}

/** What windows have in common. */
export interface WindowOptions {
  /** Tokens T of a window. */
  readonly length: number;
  /**
   * Marks of the documents, as they were joined: then tokens see their own document alone, whose first token is told from none
   * of another. They must have a beginning. Without them a window is one text.
   */
  readonly documents?: DocumentMarks | undefined;
}

export interface CausalWindowsOptions extends WindowOptions {
  /** Tokens that a window shares with the one before, which are read only, so that others have them before them; 0 by default. */
  readonly stride?: number | undefined;
}

/**
 * Cuts tokens into windows of one length, each of which says what follows its tokens, its last one too: every token but the first
 * is a label once. The last window is filled up with what does not count.
 *
 * @param ids tokens of a text, or of documents that were joined; windows are parts of it, not copies, where they can be
 * @throws RangeError naming the option, the rule and the value
 * @example
 * causalWindows(Int32Array.of(5, 6, 7, 8, 9), { length: 2 })[1]; // => { inputIds: [7, 8], shiftLabels: [8, 9] }
 */
export function causalWindows(
  ids: Int32Array,
  { length, stride = 0, documents }: CausalWindowsOptions,
): CausalWindow[] {
  checkWindows(ids, { length, documents }, 2);
  if (!Number.isInteger(stride) || stride < 0 || stride >= length) {
    throw new RangeError(`stride must be an integer from 0 to ${length - 1}, below length, but is ${stride}`);
  }
  const windows: CausalWindow[] = [];
  for (let start = 0; start === 0 || start + stride < ids.length - 1; start += length - stride) {
    windows.push(windowAt(ids, start, { length, documents }, start === 0 ? 0 : stride));
  }
  return windows;
}

/** @throws RangeError naming the option if there are too few tokens, the length is none, or documents have no beginning. */
export function checkWindows(ids: Int32Array, { length, documents }: WindowOptions, least: number): void {
  positiveInteger('length', length);
  if (ids.length < least) throw new RangeError(`ids must be at least ${least} tokens, but are ${ids.length}`);
  if (documents && documents.beginTokenId === undefined) {
    throw new RangeError('documents must have a beginTokenId to be told from each other, but have none');
  }
}

/** The window that begins at a token. @param skipped how many of its labels do not count, the first ones */
export function windowAt(
  ids: Int32Array,
  start: number,
  { length, documents }: WindowOptions,
  skipped = 0,
): CausalWindow {
  const isWhole = start + length < ids.length;
  const isPlain = isWhole && skipped === 0 && !documents;
  const inputIds = padded(ids.subarray(start, Math.min(start + length, ids.length - 1)), length, 0);
  const next = ids.subarray(start + 1, start + 1 + length);
  if (isPlain) return { inputIds, shiftLabels: next };
  const shiftLabels = padded(next.slice(), length, IGNORED_LABEL).fill(IGNORED_LABEL, 0, skipped);
  if (!documents) return { inputIds, shiftLabels };
  const { beginTokenId, endTokenId } = documents;
  const documentIds = new Int32Array(length);
  for (let at = 0, document = 0; at < length; at++) {
    if (inputIds[at] === beginTokenId) document++;
    documentIds[at] = document;
    if (shiftLabels[at] === beginTokenId && beginTokenId !== endTokenId) shiftLabels[at] = IGNORED_LABEL;
  }
  return { inputIds, shiftLabels, documentIds };
}

function padded(ids: Int32Array, length: number, filling: number): Int32Array {
  if (ids.length === length) return ids;
  const whole = new Int32Array(length).fill(filling);
  whole.set(ids);
  return whole;
}
