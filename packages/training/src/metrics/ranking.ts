import { checkPaired } from './paired.js';

/** How many positive and negative examples have each score, the highest score first. */
function countsByScore(
  scores: readonly number[],
  references: readonly (number | boolean)[],
): { positive: number; negative: number }[] {
  checkPaired(scores, references);
  const byScore = new Map<number, { positive: number; negative: number }>();
  scores.forEach((score, i) => {
    if (Number.isNaN(score)) throw new RangeError(`predictions[${i}] must be a number, but is NaN`);
    const counts = byScore.get(score) ?? { positive: 0, negative: 0 };
    counts[references[i] ? 'positive' : 'negative']++;
    byScore.set(score, counts);
  });
  return [...byScore].sort(([a], [b]) => b - a).map(([, counts]) => counts);
}

/**
 * The area under the ROC curve, from 0 to 1: how likely a positive example has a higher score than a negative one, equal
 * scores counting half. NaN if there are not both.
 *
 * @param scores one an example, higher for what is rather positive
 * @param references 1 or true for positive examples, else 0 or false
 * @throws RangeError if there is no score, not one reference for each, or a score is NaN
 */
export function rocAuc(scores: readonly number[], references: readonly (number | boolean)[]): number {
  let [positives, negatives, won] = [0, 0, 0];
  for (const { positive, negative } of countsByScore(scores, references)) {
    won += negative * (positives + positive / 2);
    positives += positive;
    negatives += negative;
  }
  return won / (positives * negatives);
}

/**
 * Average precision, from 0 to 1: Σ (Rₙ - Rₙ₋₁) Pₙ over the scores as thresholds, the highest first. 0 if nothing is positive.
 *
 * @throws RangeError as `rocAuc`
 */
export function averagePrecision(
  scores: readonly number[],
  references: readonly (number | boolean)[],
): number {
  let [positives, all, sum] = [0, 0, 0];
  for (const { positive, negative } of countsByScore(scores, references)) {
    positives += positive;
    all += positive + negative;
    sum += positive * (positives / all);
  }
  return positives === 0 ? 0 : sum / positives;
}
