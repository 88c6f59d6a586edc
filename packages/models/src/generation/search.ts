import { beamSearch } from './beam_search.js';
import type { FullGenerationConfig, GenerationOutput } from './config.js';
import { type Decoding, type Path, type Prefix, pathIds, pathScores } from './decoding.js';
import { sequenceOf, tokenSearch } from './token_search.js';

/** What a search found: `numReturnSequences` paths for each input. */
export interface Found {
  readonly paths: readonly Path[];
  /** Of beams: Σ log p / length^lengthPenalty. */
  readonly beamScores?: readonly number[];
}

/** Rows that each input takes in a search. */
export const hypothesesOf = ({
  doSample,
  numReturnSequences,
  numBeams,
}: Pick<FullGenerationConfig, 'doSample' | 'numReturnSequences' | 'numBeams'>): number =>
  doSample ? numReturnSequences : numBeams;

/**
 * Goes on from prefixes of one length as a configuration says: by beams, greedily, or drawing.
 *
 * @param decoding with the rows of each prefix side by side, as many as `hypothesesOf` says
 */
export async function search(
  decoding: Decoding,
  prefixes: readonly Prefix[],
  config: FullGenerationConfig,
): Promise<Found> {
  if (config.numBeams > 1) {
    const best = (await beamSearch(decoding, prefixes, config)).flatMap((hypotheses) =>
      hypotheses.slice(0, config.numReturnSequences),
    );
    return { paths: best.map(({ path }) => path), beamScores: best.map(({ score }) => score) };
  }
  const times = hypothesesOf(config);
  const sequences = prefixes.flatMap((prefix) => Array.from({ length: times }, () => sequenceOf(prefix)));
  for await (const _ of tokenSearch(decoding, sequences, config));
  return { paths: sequences.map(({ path }) => path) };
}

/** What `generate` returns of it with `returnDictInGenerate`. */
export const outputOf = (
  { paths, beamScores }: Found,
  { outputScores }: Pick<FullGenerationConfig, 'outputScores'>,
): GenerationOutput => ({
  sequences: paths.map(pathIds),
  ...(beamScores && { sequencesScores: [...beamScores] }),
  ...(outputScores && { scores: paths.map(pathScores) }),
});
