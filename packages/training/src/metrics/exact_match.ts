import { type References, referenceStreams } from './references.js';

/**
 * The share, from 0 to 1, of hypotheses that are equal to their reference, or to one of their references, character for
 * character.
 *
 * @throws RangeError if there is no hypothesis, or a stream has not one reference for each.
 * @example
 * exactMatch(['2026-11-22', '2026-11-23'], ['2026-11-22', '2026-11-24']); // => 0.5
 */
export function exactMatch(hypotheses: readonly string[], references: References): number {
  const streams = referenceStreams(hypotheses, references);
  const matches = hypotheses.filter((text, index) => streams.some((stream) => stream[index] === text));
  return matches.length / hypotheses.length;
}
