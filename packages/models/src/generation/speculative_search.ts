import { chooser } from './chooser.js';
import type { FullGenerationConfig } from './config.js';
import type { Decoding } from './decoding.js';
import type { Drafter } from './drafter.js';
import { uniformNumbers } from './sampler.js';
import { grow, type Sequence } from './token_search.js';

/**
 * `tokenSearch` of one sequence, several tokens at once: a drafter guesses how it goes on, one step scores all that was guessed, and
 * the guesses stand up to the first that would not have been chosen, in whose place stands what is. Tokens are drawn by the same
 * numbers as without, so the text is the same.
 *
 * @param decoding one that can be rewound
 * @see Leviathan et al. (2023), https://arxiv.org/abs/2211.17192, who draw so that more is accepted, of which another text comes
 */
export async function* speculativeSearch(
  decoding: Decoding,
  sequence: Sequence,
  config: FullGenerationConfig,
  drafter: Drafter,
): AsyncGenerator<number[], void, void> {
  const { maxLength, signal } = config;
  const numbers = new NumbersAhead(uniformNumbers(config.seed));
  const choose = chooser(config, () => numbers.next());
  const { ids } = sequence;
  while (!sequence.hasEnded && ids.length < maxLength) {
    signal?.throwIfAborted();
    // A step has one of two lengths, and is compiled once for each.
    const hasRoom = ids.length + drafter.most < maxLength;
    const guess = hasRoom ? await drafter.propose(sequence, (i) => numbers.ahead(i)) : [];
    const count = guess.length === 0 ? 1 : drafter.most + 1;
    const fed = Array.from({ length: count }, (_, i) => (i === 0 ? ids.at(-1)! : (guess[i - 1] ?? 0)));
    const next = await choose(decoding, fed, count);
    let chosen = 0;
    do {
      grow(sequence, next(chosen++, sequence), config);
      yield [ids.at(-1)!];
    } while (!sequence.hasEnded && ids.at(-1) === guess[chosen - 1]);
    decoding.rewind(count - chosen);
  }
}

/** Numbers of a stream, of which some may be looked at before it is their turn. */
class NumbersAhead {
  private readonly waiting: number[] = [];

  constructor(private readonly draw: () => number) {}

  /** The i-th of those to come. */
  ahead(i: number): number {
    while (this.waiting.length <= i) this.waiting.push(this.draw());
    return this.waiting[i]!;
  }

  next(): number {
    return this.waiting.shift() ?? this.draw();
  }
}
