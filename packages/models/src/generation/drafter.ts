import type { Sequence } from './token_search.js';

/** Guesses how a sequence goes on, for a model that checks guesses together. */
export interface Drafter {
  /** Most tokens of a guess. */
  readonly most: number;
  /**
   * Guessed tokens, `most` or fewer.
   *
   * @param uniform the i-th number that the next tokens will be drawn by
   */
  propose(sequence: Sequence, uniform: (i: number) => number): Promise<readonly number[]>;
  dispose(): void;
}
