import { checkPaired } from './paired.js';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Pearson's correlation, from -1 to 1: Σ (x - x̄)(y - ȳ) / √(Σ (x - x̄)² Σ (y - ȳ)²); NaN if all values of one side are equal.
 *
 * @throws RangeError if there is no prediction, or not one reference for each, as all of these
 */
export function pearson(predictions: readonly number[], references: readonly number[]): number {
  checkPaired(predictions, references);
  const [meanX, meanY] = [mean(predictions), mean(references)];
  let [products, squaresX, squaresY] = [0, 0, 0];
  predictions.forEach((value, i) => {
    const [x, y] = [value - meanX, references[i]! - meanY];
    products += x * y;
    squaresX += x * x;
    squaresY += y * y;
  });
  return products / (Math.sqrt(squaresX) * Math.sqrt(squaresY));
}

/** Spearman's correlation, from -1 to 1: Pearson's of the ranks, equal values having the mean of theirs. */
export function spearman(predictions: readonly number[], references: readonly number[]): number {
  checkPaired(predictions, references);
  return pearson(ranks(predictions), ranks(references));
}

/** The mean of (prediction - reference)². */
export function meanSquaredError(predictions: readonly number[], references: readonly number[]): number {
  checkPaired(predictions, references);
  return mean(predictions.map((value, i) => (value - references[i]!) ** 2));
}

/** The mean of |prediction - reference|. */
export function meanAbsoluteError(predictions: readonly number[], references: readonly number[]): number {
  checkPaired(predictions, references);
  return mean(predictions.map((value, i) => Math.abs(value - references[i]!)));
}

/**
 * The share of the references' variance that predictions explain, 1 - Σ (y - ŷ)² / Σ (y - ȳ)²: at most 1, 0 for predicting the mean. If
 * all references are equal, 1 if all predictions are right, else 0, as scikit-learn has it; NaN for one pair.
 */
export function r2(predictions: readonly number[], references: readonly number[]): number {
  checkPaired(predictions, references);
  if (predictions.length < 2) return Number.NaN;
  const center = mean(references);
  const error = predictions.reduce((sum, value, i) => sum + (references[i]! - value) ** 2, 0);
  const variance = references.reduce((sum, value) => sum + (value - center) ** 2, 0);
  if (variance === 0) return error === 0 ? 1 : 0;
  return 1 - error / variance;
}

/** From 1, the mean of their places for equal values. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const found = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) found[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return found;
}
