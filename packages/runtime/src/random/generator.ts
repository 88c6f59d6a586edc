import type { Seed } from './philox.js';

// The one place that holds what randomness depends on. Every draw is a function of the seed and of its number, so that
// a run repeats; a graph that is recorded will take the pair from a variable that it advances, and nothing else changes.
let seed = Math.floor(Math.random() * 2 ** 31);
let draws = 0;

/**
 * Starts all of chui's random numbers anew from a seed: initial weights, dropout, sampling, shuffling. Without it, each
 * process draws others.
 *
 * @param value an integer from 0 to 2³¹ − 1
 * @throws RangeError if it is not
 */
export function setSeed(value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 31) {
    throw new RangeError(`seed must be an integer from 0 to 2147483647, but is ${value}`);
  }
  seed = value;
  draws = 0;
}

/** The pair that the next random op draws with; each call gives another. */
export function nextDraw(): Seed {
  const draw: Seed = [seed, draws];
  draws = (draws + 1) | 0;
  return draw;
}
