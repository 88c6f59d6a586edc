import { highestIndex, softmax } from '../scores.js';
import type { LogitsProcessor } from './logits_processor.js';

/** Divides the scores: below 1 likely tokens become likelier. */
export const temperature =
  (value: number): LogitsProcessor =>
  (scores) => {
    for (let i = 0; i < scores.length; i++) scores[i]! /= value;
  };

/** Rules out all tokens but the k with the highest scores, and those with the score of the k-th. */
export const topK =
  (k: number): LogitsProcessor =>
  (scores) => {
    if (k >= scores.length) return;
    const least = highest(scores, k).at(-1)!;
    for (let i = 0; i < scores.length; i++) if (scores[i]! < least) scores[i] = -Infinity;
  };

/**
 * Rules out the least likely tokens whose probabilities sum to 1 − p at most.
 *
 * @param keep tokens that stay in any case
 * @see Holtzman et al. (2020), section 3.1, https://arxiv.org/abs/1904.09751
 */
export const topP =
  (p: number, keep = 1): LogitsProcessor =>
  (scores) => {
    const probabilities = softmax(scores);
    const order = likeliest(probabilities, p, keep);
    let [sum, count] = [0, 0];
    // A token stays if those before it do not reach p.
    for (; count < order.length && (sum < p || count < keep); count++) sum += probabilities[order[count]!]!;
    const kept = order.slice(0, count).map((token) => [token, scores[token]!] as const);
    scores.fill(-Infinity);
    for (const [token, score] of kept) scores[token] = score;
  };

/** Rules out tokens that are less than p times as likely as the likeliest one. */
export const minP =
  (p: number): LogitsProcessor =>
  (scores) => {
    const least = scores[highestIndex(scores)]! + Math.log(p);
    for (let i = 0; i < scores.length; i++) if (scores[i]! < least) scores[i] = -Infinity;
  };

/**
 * Keeps the tokens whose information −ln P is nearest to the entropy, as many as have the mass together.
 *
 * @see Meister et al. (2023), https://arxiv.org/abs/2202.00666
 */
export const typicalP =
  (mass: number, keep = 1): LogitsProcessor =>
  (scores) => {
    const probabilities = softmax(scores);
    const entropy = entropyOf(probabilities);
    const far = (token: number) => Math.abs(-Math.log(probabilities[token]!) - entropy);
    const order = Array.from(probabilities.keys())
      .filter((token) => probabilities[token]! > 0)
      .map((token) => [token, far(token)] as const)
      .sort((a, b) => a[1] - b[1]);
    let [sum, last] = [0, 0];
    for (; last < order.length - 1; last++) {
      sum += probabilities[order[last]![0]]!;
      if (sum >= mass) break;
    }
    const least = order[Math.max(last, keep - 1)]?.[1] ?? Infinity;
    for (let i = 0; i < scores.length; i++) if (!(far(i) <= least)) scores[i] = -Infinity;
  };

/** Rules out tokens that are less likely than epsilon, but the likeliest. */
export const epsilonCutoff =
  (epsilon: number): LogitsProcessor =>
  (scores) =>
    cutBelow(scores, softmax(scores), epsilon);

/**
 * The same with a bound that falls with the entropy H: min(ε, √ε · exp(−H)).
 *
 * @see Hewitt et al. (2022), https://arxiv.org/abs/2210.15191
 */
export const etaCutoff =
  (epsilon: number): LogitsProcessor =>
  (scores) => {
    const probabilities = softmax(scores);
    cutBelow(
      scores,
      probabilities,
      Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropyOf(probabilities))),
    );
  };

function entropyOf(probabilities: Float64Array): number {
  let entropy = 0;
  for (const p of probabilities) if (p > 0) entropy -= p * Math.log(p);
  return entropy;
}

function cutBelow(scores: Float32Array, probabilities: Float64Array, least: number): void {
  const most = scores[highestIndex(scores)]!;
  for (let i = 0; i < scores.length; i++) {
    if (probabilities[i]! < least && scores[i]! < most) scores[i] = -Infinity;
  }
}

/** The k highest of some numbers, in falling order. */
export function highest(numbers: Float32Array, k: number): Float64Array {
  const found = new Float64Array(k).fill(-Infinity);
  for (const number of numbers) {
    if (!(number > found[k - 1]!)) continue;
    let place = k - 1;
    for (; place > 0 && found[place - 1]! < number; place--) found[place] = found[place - 1]!;
    found[place] = number;
  }
  return found;
}

/** Tokens in falling order of their probabilities, at least so many as have the mass together. */
function likeliest(probabilities: Float64Array, mass: number, least: number): number[] {
  const most = probabilities[highestIndex(probabilities)]!;
  // Most tokens are too unlikely to be sorted.
  for (let bound = most / 16; ; bound = bound > 1e-12 ? bound / 16 : -1) {
    const tokens: number[] = [];
    let sum = 0;
    for (let i = 0; i < probabilities.length; i++) {
      if (!(probabilities[i]! > bound)) continue;
      tokens.push(i);
      sum += probabilities[i]!;
    }
    if (bound < 0 || (sum > mass && tokens.length >= least)) {
      return tokens.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
    }
  }
}
