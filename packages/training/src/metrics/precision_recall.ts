/** What was found and what there is, of one class. */
export interface ClassCounts {
  readonly predictions: number;
  readonly references: number;
  /** Predictions that are right. */
  readonly both: number;
}

/** From 0 to 1. */
export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Over what scores are averaged. */
export type Average = 'micro' | 'macro' | 'weighted' | 'samples';

/** The scores of one class; a share of nothing is 0. */
export function scoresOf({ predictions, references, both }: ClassCounts): PrecisionRecall {
  return {
    precision: predictions > 0 ? both / predictions : 0,
    recall: references > 0 ? both / references : 0,
    f1: predictions + references > 0 ? (2 * both) / (predictions + references) : 0,
  };
}

/** The scores of all classes together: of the sums of their counts, or the mean of theirs. */
export function summarize(classes: readonly ClassCounts[], average: Average): PrecisionRecall {
  if (average === 'micro') {
    const sum = (key: keyof ClassCounts) => classes.reduce((total, each) => total + each[key], 0);
    return scoresOf({ predictions: sum('predictions'), references: sum('references'), both: sum('both') });
  }
  const weights = classes.map(({ references }) => (average === 'weighted' ? references : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (key: keyof PrecisionRecall) =>
    total === 0 ? 0 : classes.reduce((sum, each, i) => sum + weights[i]! * scoresOf(each)[key], 0) / total;
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}
