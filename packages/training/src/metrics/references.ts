/** One reference for each hypothesis; or several streams of references, `references[k][i]` for hypothesis i. */
export type References = readonly string[] | readonly (readonly string[])[];

/**
 * The references as streams.
 *
 * @throws RangeError if there is no hypothesis or no stream, or a stream has not one reference for each hypothesis.
 */
export function referenceStreams(
  hypotheses: readonly string[],
  references: References,
): readonly (readonly string[])[] {
  const nested = references.some((entry) => Array.isArray(entry));
  const streams = (nested ? references : [references]) as readonly (readonly string[])[];
  if (hypotheses.length === 0) throw new RangeError('hypotheses must not be empty');
  for (const stream of streams) {
    if (stream.length !== hypotheses.length) {
      throw new RangeError(
        `references must be as many as hypotheses, ${hypotheses.length}, but are ${stream.length}`,
      );
    }
  }
  return streams;
}
