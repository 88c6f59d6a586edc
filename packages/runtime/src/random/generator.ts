import { type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { Seed } from './philox.js';

// The one place that holds what randomness depends on. Every draw is a function of the seed and of its number, so that
// a run repeats. A recorded function takes the pair as an input and counts its draws from there: it draws the same
// numbers as the function that it is the recording of.
let seed = Math.floor(Math.random() * 2 ** 31);
let draws = 0;

/** Makes the pair of a draw for a function that is being recorded, from how many it has drawn before. */
type DrawRecorder = (index: number) => Tensor;
let recorder: { first: number; record: DrawRecorder } | undefined;

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

/** Where the generator stands, for a checkpoint. */
export function randomState(): { seed: number; draws: number } {
  return { seed, draws };
}

/** Goes on from where `randomState` stood. */
export function restoreRandomState(state: { readonly seed: number; readonly draws: number }): void {
  setSeed(state.seed);
  draws = state.draws;
}

/** The pair that the next random op draws with; each call gives another. */
export function nextDraw(): Seed {
  const draw: Seed = [seed, draws];
  skipDraws(1);
  return draw;
}

/** The same as a tensor, int32 (2). */
export function nextDrawTensor(): Tensor {
  const draw = nextDraw();
  return recorder ? recorder.record(draw[1] - recorder.first) : tensor1d([...draw], 'int32');
}

/** Goes on as if there had been `count` draws. */
export function skipDraws(count: number): void {
  draws = (draws + count) | 0;
}

/**
 * Runs `body` with the draws that were made from a state on; where the generator stands does not change.
 *
 * @param change what becomes of the pairs while a function is recorded
 */
export function replayDraws<T>(
  from: { readonly seed: number; readonly draws: number },
  body: () => T,
  change: (draw: Tensor) => Tensor,
): T {
  const [outer, now] = [recorder, { seed, draws }];
  recorder = outer && { first: outer.first, record: (index) => change(outer.record(index)) };
  [seed, draws] = [from.seed, from.draws];
  try {
    return body();
  } finally {
    recorder = outer;
    [seed, draws] = [now.seed, now.draws];
  }
}

/** Runs `body`, whose draws `record` makes, and counts them; for the generator they do not count. */
export function recordDraws(record: DrawRecorder, body: () => void): number {
  const [outer, first] = [recorder, draws];
  recorder = { first, record };
  try {
    body();
    return draws - first;
  } finally {
    recorder = outer;
    draws = first;
  }
}
