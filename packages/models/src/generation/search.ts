import { beamSearch } from './beam_search.js';
import type { FullGenerationConfig, GenerationOutput } from './config.js';
import { contrastiveSearch } from './contrastive_search.js';
import { type Decoding, type Path, type Prefix, pathIds, pathScores } from './decoding.js';
import type { Drafter } from './drafter.js';
import { speculativeSearch } from './speculative_search.js';
import { type Sequence, sequenceOf, tokenSearch } from './token_search.js';

/** What a search works with. */
export interface SearchMeans {
  /** With the rows of each prefix side by side, as many as `hypothesesOf` says. */
  readonly decoding: Decoding;
  /** What guesses, where something does. */
  readonly drafter?: Drafter | undefined;
  /** Of contrastive search: the states of each prompt's tokens but for the last. */
  readonly promptStates?: readonly (readonly Float32Array[])[] | undefined;
}

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
  penaltyAlpha,
  topK,
}: FullGenerationConfig): number => (penaltyAlpha ? topK : doSample ? numReturnSequences : numBeams);

/** Goes on from prefixes of one length as a configuration says: by beams, greedily, drawing, with guesses, or in contrast. */
export async function search(
  means: SearchMeans,
  prefixes: readonly Prefix[],
  config: FullGenerationConfig,
): Promise<Found> {
  if (config.numBeams > 1) {
    const best = (await beamSearch(means.decoding, prefixes, config)).flatMap((hypotheses) =>
      hypotheses.slice(0, config.numReturnSequences),
    );
    return { paths: best.map(({ path }) => path), beamScores: best.map(({ score }) => score) };
  }
  const times = config.numReturnSequences;
  const sequences = prefixes.flatMap((prefix) => Array.from({ length: times }, () => sequenceOf(prefix)));
  for await (const _ of steps(means, sequences, config));
  return { paths: sequences.map(({ path }) => path) };
}

/**
 * The same token by token, without beams.
 *
 * @param sequences of one length; they grow
 * @returns for each step the tokens that were chosen, undefined where a sequence had ended
 */
export function steps(
  { decoding, drafter, promptStates }: SearchMeans,
  sequences: readonly Sequence[],
  config: FullGenerationConfig,
): AsyncGenerator<(number | undefined)[], void, void> {
  if (promptStates) return contrastiveSearch(decoding, sequences, config, promptStates);
  if (drafter) return speculativeSearch(decoding, sequences[0]!, config, drafter);
  return tokenSearch(decoding, sequences, config);
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
