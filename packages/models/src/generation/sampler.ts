import { uniformNumber } from '@chui/runtime';
import { softmax } from '../scores.js';

/**
 * Draws a token by softmax(scores).
 *
 * @throws Error if no token may be drawn, or a score is not a number
 */
export function drawToken(scores: Float32Array, uniform: number): number {
  const probabilities = softmax(scores);
  let left = uniform;
  let last = -1;
  for (let i = 0; i < probabilities.length; i++) {
    if (!(probabilities[i]! > 0)) continue;
    last = i;
    left -= probabilities[i]!;
    if (left < 0) break;
  }
  if (last < 0) throw new Error('scores must leave a token that may be drawn, but leave none');
  return last;
}

/** Numbers in [0, 1): of a seed, or those that go on from `setSeed`. */
export function uniformNumbers(seed: number | undefined): () => number {
  let draws = 0;
  return () => (seed === undefined ? uniformNumber() : uniformNumber([seed, draws++]));
}

/** @throws Error if one is not a number: a model that was trained badly, or whose weights are broken. */
export function checkScores(scores: Float32Array): void {
  for (const score of scores) {
    if (Number.isNaN(score)) throw new Error('logits must be numbers, but the model gives NaN');
  }
}
