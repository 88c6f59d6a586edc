import { type References, referenceStreams } from './references.js';

export interface ExactMatchScore {
  /** From 0 to 100. */
  readonly score: number;
  readonly matches: number;
  readonly total: number;
}

/**
 * The share of hypotheses that are equal to their reference, or to one of their references, character for character.
 *
 * @throws RangeError if there is no hypothesis, or a stream has not one reference for each.
 */
export function exactMatch(hypotheses: readonly string[], references: References): ExactMatchScore {
  const streams = referenceStreams(hypotheses, references);
  const total = hypotheses.length;
  const matches = hypotheses.filter((text, index) => streams.some((stream) => stream[index] === text)).length;
  return { score: (100 * matches) / total, matches, total };
}
