import { argMax, sum } from '@tensorflow/tfjs-core';
import { highestIndex } from '../scores.js';
import type { FullGenerationConfig } from './config.js';
import { type Decoding, type Path, type Prefix, pathOf } from './decoding.js';
import type { ProcessorContext } from './logits_processor.js';
import { processorsOf } from './processors_of.js';
import { checkScores, drawToken, uniformNumbers } from './sampler.js';

/** A sequence under way. */
export interface Sequence extends ProcessorContext {
  readonly ids: number[];
  path: Path;
  hasEnded: boolean;
}

export const sequenceOf = ({ ids, padding }: Prefix): Sequence => ({
  ids: [...ids],
  promptLength: ids.length,
  padding,
  path: pathOf(ids),
  hasEnded: false,
});

/**
 * Greedy search, or with `doSample` sampling: at each step the token with the highest score, or one that is drawn.
 *
 * @param sequences one a row, of the same length; they grow, up to an end or the greatest length
 * @returns for each step the tokens that were chosen, undefined where a sequence had ended
 * @throws Error if the model gives what is no number
 */
export async function* tokenSearch(
  decoding: Decoding,
  sequences: readonly Sequence[],
  config: FullGenerationConfig,
): AsyncGenerator<(number | undefined)[], void, void> {
  const { ends, maxLength, signal, stoppingCriteria } = config;
  const choose = chooser(config);
  for (let length = sequences[0]!.ids.length; length < maxLength; length++) {
    signal?.throwIfAborted();
    const chosen = await choose(decoding, sequences);
    yield chosen.map((next, row) => {
      const sequence = sequences[row]!;
      if (sequence.hasEnded) return undefined;
      const { token, attention, scores } = next!;
      sequence.ids.push(token);
      sequence.path = { token, previous: sequence.path, attention, scores };
      sequence.hasEnded = ends.includes(token) || stoppingCriteria.some((hasEnd) => hasEnd(sequence));
      return token;
    });
    if (sequences.every(({ hasEnded }) => hasEnded)) return;
  }
}

/** The next token of each sequence that has not ended. */
type Choose = (
  decoding: Decoding,
  sequences: readonly Sequence[],
) => Promise<(Pick<Path, 'token' | 'attention' | 'scores'> | undefined)[]>;

/** Scores are read back only where something has to look at them. */
function chooser(config: FullGenerationConfig): Choose {
  const processors = processorsOf(config);
  const { doSample, outputScores } = config;
  const lastIds = (sequences: readonly Sequence[]) => Int32Array.from(sequences, ({ ids }) => ids.at(-1)!);
  if (processors.length === 0 && !doSample && !outputScores) {
    return async (decoding, sequences) => {
      const { chosen, attention } = await decoding.advance(lastIds(sequences), (logits) => [
        argMax(logits, -1),
        sum(logits, -1), // is no number if one is none
      ]);
      const [tokens, sums] = await Promise.all(chosen.map((tensor) => tensor.data()));
      for (const tensor of chosen) tensor.dispose();
      checkScores(sums as Float32Array);
      return Array.from(tokens!, (token, row) => ({ token, attention: attention(row) }));
    };
  }
  const uniform = uniformNumbers(config.seed);
  return async (decoding, sequences) => {
    const { chosen, attention } = await decoding.advance(lastIds(sequences), (logits) => [logits]);
    const [logits] = chosen;
    const values = await logits!.data<'float32'>();
    const vocabulary = logits!.shape[1]!;
    logits!.dispose();
    return sequences.map((sequence, row) => {
      if (sequence.hasEnded) return undefined;
      const scores = values.slice(row * vocabulary, (row + 1) * vocabulary);
      checkScores(scores);
      for (const process of processors) process(scores, sequence);
      const token = doSample ? drawToken(scores, uniform()) : highestIndex(scores);
      return { token, attention: attention(row), scores: outputScores ? scores : undefined };
    });
  };
}
