import { checkPaired } from './paired.js';
import {
  type Average,
  type ClassCounts,
  type PrecisionRecall,
  scoresOf,
  summarize,
} from './precision_recall.js';

/** A class: a number, a text, or whether something is so. */
export type ClassLabel = number | string | boolean;

export interface AverageOptions {
  /**
   * - `binary`: of the class `positiveLabel`
   * - `micro`: of all predictions together
   * - `macro`: the mean over the classes
   * - `weighted`: the same, each class as often as references have it
   *
   * Default: `binary`.
   */
  readonly average?: Exclude<Average, 'samples'> | 'binary' | undefined;
  /** The class that `binary` is about, 1 by default. */
  readonly positiveLabel?: ClassLabel | undefined;
}

/** Counts of each reference's class (rows) being predicted as each class (columns). */
export interface ConfusionMatrix {
  /** All classes that predictions or references have, rising. */
  readonly labels: readonly ClassLabel[];
  readonly counts: readonly (readonly number[])[];
}

/**
 * How often each class was predicted as each.
 *
 * @throws RangeError if there is no prediction, or not one reference for each, as all of these; TypeError if classes are of
 *   several types, as numbers and texts
 */
export function confusionMatrix(
  predictions: readonly ClassLabel[],
  references: readonly ClassLabel[],
): ConfusionMatrix {
  checkPaired(predictions, references);
  const labels = [...new Set([...references, ...predictions])].sort((a, b) => (a < b ? -1 : 1));
  const types = new Set(labels.map((label) => typeof label));
  if (types.size > 1)
    throw new TypeError(
      `predictions and references must be of one type, but are ${[...types].join(' and ')}`,
    );
  const places = new Map(labels.map((label, place) => [label, place]));
  const counts = labels.map(() => labels.map(() => 0));
  predictions.forEach((predicted, i) => {
    counts[places.get(references[i]!)!]![places.get(predicted)!]!++;
  });
  return { labels, counts };
}

/** The share of predictions that are right, from 0 to 1. */
export function accuracy(predictions: readonly ClassLabel[], references: readonly ClassLabel[]): number {
  checkPaired(predictions, references);
  return predictions.filter((predicted, i) => predicted === references[i]).length / predictions.length;
}

/** The mean recall of the classes that references have. */
export function balancedAccuracy(
  predictions: readonly ClassLabel[],
  references: readonly ClassLabel[],
): number {
  const present = [...scoresByClass(predictions, references).values()].filter(({ support }) => support > 0);
  return present.reduce((sum, { recall }) => sum + recall, 0) / present.length;
}

/**
 * Precision, the share of predictions of a class that are right; recall, the share of a class that was found; and F1,
 * 2 P R / (P + R): of the positive class, or over all. A share of nothing is 0. Equal to scikit-learn.
 *
 * @throws RangeError also if `binary` is asked for and there are more classes than two
 * @see https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures
 */
export function precisionRecallF1(
  predictions: readonly ClassLabel[],
  references: readonly ClassLabel[],
  { average = 'binary', positiveLabel = 1 }: AverageOptions = {},
): PrecisionRecall {
  const { labels, counts } = countsOf(predictions, references);
  if (average !== 'binary') return summarize(counts, average);
  if (labels.length > 2)
    throw new RangeError(
      `average must be micro, macro or weighted for ${labels.length} classes, but is binary`,
    );
  const place = labels.indexOf(positiveLabel);
  return summarize(place < 0 ? [] : [counts[place]!], 'micro');
}

/** Precision, recall, F1 and the number of references of each class. */
export function scoresByClass(
  predictions: readonly ClassLabel[],
  references: readonly ClassLabel[],
): Map<ClassLabel, PrecisionRecall & { support: number }> {
  const { labels, counts } = countsOf(predictions, references);
  return new Map(
    labels.map((label, i) => [label, { ...scoresOf(counts[i]!), support: counts[i]!.references }]),
  );
}

/**
 * Matthews' correlation coefficient of any number of classes, from -1 to 1: the correlation of predicted and true classes;
 * 0 if all predictions, or all references, are of one class.
 *
 * @see Gorodkin (2004), https://doi.org/10.1016/j.compbiolchem.2004.09.006
 */
export function matthewsCorrelation(
  predictions: readonly ClassLabel[],
  references: readonly ClassLabel[],
): number {
  const { counts } = countsOf(predictions, references);
  const samples = predictions.length;
  const dot = (a: keyof ClassCounts, b: keyof ClassCounts) =>
    counts.reduce((sum, each) => sum + each[a] * each[b], 0);
  const right = counts.reduce((sum, { both }) => sum + both, 0);
  const covariance = right * samples - dot('predictions', 'references');
  const variances =
    (samples ** 2 - dot('predictions', 'predictions')) * (samples ** 2 - dot('references', 'references'));
  return variances === 0 ? 0 : covariance / Math.sqrt(variances);
}

/**
 * Cohen's kappa: how much more often predictions are right than by chance, (o - e) / (1 - e); NaN if chance alone would be
 * right always.
 *
 * @see Cohen (1960), https://doi.org/10.1177/001316446002000104
 */
export function cohenKappa(predictions: readonly ClassLabel[], references: readonly ClassLabel[]): number {
  const { counts } = countsOf(predictions, references);
  const samples = predictions.length;
  const byChance = counts.reduce((sum, each) => sum + each.predictions * each.references, 0) / samples ** 2;
  return (accuracy(predictions, references) - byChance) / (1 - byChance);
}

function countsOf(predictions: readonly ClassLabel[], references: readonly ClassLabel[]) {
  const { labels, counts: matrix } = confusionMatrix(predictions, references);
  const counts = labels.map(
    (_, i): ClassCounts => ({
      predictions: matrix.reduce((sum, row) => sum + row[i]!, 0),
      references: matrix[i]!.reduce((sum, count) => sum + count, 0),
      both: matrix[i]![i]!,
    }),
  );
  return { labels, counts };
}
