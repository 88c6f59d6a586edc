import { type Choice, chooser } from './chooser.js';
import type { FullGenerationConfig } from './config.js';
import { type Decoding, type Path, type Prefix, pathOf } from './decoding.js';
import type { ProcessorContext } from './logits_processor.js';
import { uniformNumbers } from './sampler.js';

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

/** Puts a token behind a sequence, which may end with it. */
export function grow(
  sequence: Sequence,
  choice: Choice,
  { ends, stoppingCriteria }: Pick<FullGenerationConfig, 'ends' | 'stoppingCriteria'>,
): void {
  sequence.ids.push(choice.token);
  sequence.path = { ...choice, previous: sequence.path };
  sequence.hasEnded = ends.includes(choice.token) || stoppingCriteria.some((hasEnd) => hasEnd(sequence));
}

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
  const { maxLength, signal } = config;
  const choose = chooser(config, uniformNumbers(config.seed));
  for (let length = sequences[0]!.ids.length; length < maxLength; length++) {
    signal?.throwIfAborted();
    const next = await choose(
      decoding,
      sequences.map(({ ids }) => ids.at(-1)!),
    );
    yield sequences.map((sequence, row) => {
      if (sequence.hasEnded) return undefined;
      grow(sequence, next(row, sequence), config);
      return sequence.ids.at(-1);
    });
    if (sequences.every(({ hasEnded }) => hasEnded)) return;
  }
}
